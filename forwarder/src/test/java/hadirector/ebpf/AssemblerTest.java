package hadirector.ebpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// The expected bytes follow the kernel's instruction-set.rst.
class AssemblerTest {
    private static String little(UnaryOperator<Assembler> program) {
        return hex(program.apply(new Assembler(ByteOrder.LITTLE_ENDIAN)));
    }

    private static String big(UnaryOperator<Assembler> program) {
        return hex(program.apply(new Assembler(ByteOrder.BIG_ENDIAN)));
    }

    private static String hex(Assembler a) {
        return HexFormat.of().formatHex(a.assemble()).replaceAll("(.{16})(?=.)", "$1 ");
    }

    @Test
    void arithmeticMovesAndExit() {
        assertThat(little(a -> a.move(Reg.R0, -1).move(Reg.R6, Reg.R1).alu(Alu.ADD, Reg.R2, 14).exit()))
                .isEqualTo("b7000000ffffffff bf16000000000000 070200000e000000 9500000000000000");
    }

    @Test
    void onABigEndianMachineFieldsAndNibblesChangePlaces() {
        assertThat(big(a -> a.move(Reg.R0, -1).move(Reg.R6, Reg.R1).load(Width.HALF, Reg.R3, Reg.R8, 20)))
                .isEqualTo("b7000000ffffffff bf61000000000000 6938001400000000");
    }

    @Test
    void loadsAndStoresOfEveryWidth() {
        assertThat(little(a -> a.load(Width.BYTE, Reg.R1, Reg.R8, 23)
                        .load(Width.HALF, Reg.R1, Reg.R8, 20)
                        .load(Width.WORD, Reg.R1, Reg.R6, 76)
                        .load(Width.DOUBLE, Reg.R1, Reg.R8, 26)
                        .store(Width.WORD, Reg.R10, -4, Reg.R1)
                        .store(Width.WORD, Reg.R10, -12, 7)))
                .isEqualTo("7181170000000000 6981140000000000 61614c0000000000 79811a0000000000 "
                        + "631afcff00000000 620af4ff07000000");
    }

    @Test
    void jumpsForwardAndBackwardCountFromTheNextInstruction() {
        assertThat(little(a -> a.label("start")
                        .jump(Jump.EQUAL, Reg.R1, 0, "out")
                        .jump(Jump.ABOVE, Reg.R1, Reg.R9, "out")
                        .jump32(Jump.NOT_EQUAL, Reg.R1, 5, "out")
                        .jump("start")
                        .label("out")
                        .exit()))
                .isEqualTo("1501030000000000 2d91020000000000 5601010005000000 0500fcff00000000 9500000000000000");
    }

    @Test
    void aMapTakesTwoInstructionsAndJumpsCountBoth() {
        assertThat(little(a -> a.jump("out").loadMap(Reg.R1, 9).call(Helper.MAP_LOOKUP).label("out").exit()))
                .isEqualTo(
                        "0500030000000000 1811000009000000 0000000000000000 8500000001000000 9500000000000000");
    }

    @Test
    void networkConstantsLookAsTheMachineLoadsThem() {
        var little = new Assembler(ByteOrder.LITTLE_ENDIAN);
        var big = new Assembler(ByteOrder.BIG_ENDIAN);
        assertThat(little.network16(0x0806)).isEqualTo(0x0608);
        assertThat(big.network16(0x0806)).isEqualTo(0x0806);
        assertThat(little.network32(0x00010800)).isEqualTo(0x00080100);
        assertThat(big.network32(0x00010800)).isEqualTo(0x00010800);
    }

    @Test
    void labelsMustBeSetOnceAndOnlyOnce() {
        assertThatThrownBy(() -> little(a -> a.jump("nowhere"))).hasMessage("label never set: nowhere");
        assertThatThrownBy(() -> little(a -> a.label("here").label("here"))).hasMessageContaining("set twice: here");
    }

    @Test
    void arithmeticOn32BitsNegationAndByteOrder() {
        assertThat(little(a -> a.alu32(Alu.ADD, Reg.R1, Reg.R2)
                        .alu32(Alu.AND, Reg.R1, 0xff)
                        .negate(Reg.R3)
                        .alu(Alu.SHIFT_RIGHT_SIGNED, Reg.R3, 8)
                        .toNetwork(Reg.R4, 16)
                        .toNetwork(Reg.R4, 64)))
                .isEqualTo("0c21000000000000 54010000ff000000 8703000000000000 c703000008000000 "
                        + "dc04000010000000 dc04000040000000");
    }

    @Test
    void a64BitConstantTakesTwoInstructions() {
        assertThat(little(a -> a.move64(Reg.R1, 0x1122334455667788L)))
                .isEqualTo("1801000088776655 0000000044332211");
        assertThat(big(a -> a.move64(Reg.R1, 0x1122334455667788L))).isEqualTo("1810000055667788 0000000011223344");
    }

    @Test
    void atomicOperationsAreStoresWithTheOperationAsConstant() {
        assertThat(little(a -> a.atomicAdd(Width.DOUBLE, Reg.R1, 8, Reg.R2)
                        .atomicFetchAdd(Width.WORD, Reg.R1, 8, Reg.R2)
                        .atomicCompareExchange(Width.DOUBLE, Reg.R1, 0, Reg.R3)))
                .isEqualTo("db21080000000000 c321080001000000 db310000f1000000");
    }
}
