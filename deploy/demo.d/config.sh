# The config of the demo's directors, for either engine. Uses $mode (the engine), $DIR, VIP, VIP_AT (prefix@interface), GATEWAYS (a list's inside,
# may be empty), member_address and rs_address. Sourced by deploy/demo.
# shellcheck shell=bash disable=SC2154

write_config() {
    cat <<END
director {
  engine = $mode
  cluster {
    name = demo
    keys = "$DIR/keys"
    members { lb1 = "$(member_address lb1):7800", lb2 = "$(member_address lb2):7800" }
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
$(service shop tcp "check { type = http, path = \"/health\", interval = 500ms, timeout = 400ms }")
$(service probe udp "check { type = ping, interval = 500ms, timeout = 400ms }")
}
END
}

service() {
    cat <<END
  $1 {
    group = web, vip = "$VIP", port = $PORT, protocol = $2, scheduler = rr, method = nat
    $3
    realservers = [
      { address = "$(rs_address rs1):$RS_PORT" }, { address = "$(rs_address rs2):$RS_PORT" }, { address = "$(rs_address rs3):$RS_PORT" }
    ]
  }
END
}
