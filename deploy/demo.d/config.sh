# The config of the demo's directors, for either engine. Uses $mode (the engine), $DIR, VIP, VIP_AT (prefix@interface), GATEWAYS (a list's inside,
# may be empty), member_address, rs_address; $CLUSTER: more lines for the cluster's section. Sourced by deploy/demo and the fault lab.
# shellcheck shell=bash disable=SC2154

write_config() {
    cat <<END
director {
  engine = $mode
  cluster {
    name = demo
    keys = "$DIR/keys"
    members { lb1 = "$(member_address lb1):7800", lb2 = "$(member_address lb2):7800" }
    ${CLUSTER:-}
  }
}
vip-groups {
  web {
    vips = ["$VIP/$VIP_AT"]
    gateways = [$GATEWAYS]
    priority { lb1 = 100, lb2 = 50 }
  }
}
services {
$(services)
}
END
}

services() {
    service shop tcp 0 "check { type = http, path = \"/health\", interval = 500ms, timeout = 400ms }"
    service probe udp 0 "$PING"
}

PING="check { type = ping, interval = 500ms, timeout = 400ms }"

# service NAME PROTOCOL PORT CHECK: of a port, counted from the first.
service() {
    local at=$((RS_PORT + $3))
    cat <<END
  $1 {
    group = web, vip = "$VIP", port = $((PORT + $3)), protocol = $2, scheduler = rr, method = nat
    $4
    realservers = [
      { address = "$(rs_address rs1):$at" }, { address = "$(rs_address rs2):$at" }, { address = "$(rs_address rs3):$at" }
    ]
  }
END
}
