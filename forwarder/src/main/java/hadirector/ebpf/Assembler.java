package hadirector.ebpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Emits BPF instructions in the order written; a jump names a label that is set before or after it. Encoding:
/// Documentation/bpf/standardization/instruction-set.rst. On a big-endian machine the 16- and 32-bit fields are big-endian
/// and the two register nibbles change places.
public final class Assembler {
    /// Bytes of one instruction; [#loadMap] and [#move64] take two.
    public static final int INSTRUCTION_LENGTH = 8;

    private static final int CLASS_LD = 0;
    private static final int CLASS_LDX = 1;
    private static final int CLASS_ST = 2;
    private static final int CLASS_STX = 3;
    private static final int CLASS_ALU = 4;
    private static final int CLASS_JMP = 5;
    private static final int CLASS_JMP32 = 6;
    private static final int CLASS_ALU64 = 7;
    private static final int MODE_MEM = 0x60;
    private static final int MODE_ATOMIC = 0xc0;
    private static final int ATOMIC_FETCH = 0x01;
    private static final int ATOMIC_COMPARE_EXCHANGE = 0xf0 | ATOMIC_FETCH;
    private static final int FROM_REGISTER = 0x08;
    private static final int OP_CALL = 0x80;
    private static final int OP_EXIT = 0x90;
    private static final int OP_END = 0xd0;
    private static final int TO_BIG = 0x08;
    private static final int PSEUDO_MAP_FD = 1;
    private static final String NOWHERE = "";

    private record Instruction(int opcode, Reg target, int source, int offset, int immediate, String label) {}

    private final ByteOrder order;
    private final List<Instruction> instructions = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();

    /// @param order of the machine that will run the program
    public Assembler(ByteOrder order) {
        this.order = order;
    }

    /// A 16-bit constant in network order as the machine sees it after a load of 2 bytes.
    public int network16(int value) {
        return order == ByteOrder.BIG_ENDIAN ? value : Short.toUnsignedInt(Short.reverseBytes((short) value));
    }

    /// A 32-bit constant in network order as the machine sees it after a load of 4 bytes.
    public int network32(int value) {
        return order == ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value);
    }

    /// `target = source`
    public Assembler move(Reg target, Reg source) {
        return alu(Alu.MOV, target, source);
    }

    /// `target = immediate`, sign-extended
    public Assembler move(Reg target, int immediate) {
        return alu(Alu.MOV, target, immediate);
    }

    /// `target = target op source`
    public Assembler alu(Alu op, Reg target, Reg source) {
        return add(CLASS_ALU64 | op.code | FROM_REGISTER, target, source.number, 0, 0, NOWHERE);
    }

    /// `target = target op immediate`
    public Assembler alu(Alu op, Reg target, int immediate) {
        return add(CLASS_ALU64 | op.code, target, 0, 0, immediate, NOWHERE);
    }

    /// `target = target op source` on the lower 32 bits; the upper ones become 0
    public Assembler alu32(Alu op, Reg target, Reg source) {
        return add(CLASS_ALU | op.code | FROM_REGISTER, target, source.number, 0, 0, NOWHERE);
    }

    /// `target = target op immediate` on the lower 32 bits; the upper ones become 0
    public Assembler alu32(Alu op, Reg target, int immediate) {
        return add(CLASS_ALU | op.code, target, 0, 0, immediate, NOWHERE);
    }

    /// `target = -target`
    public Assembler negate(Reg target) {
        return add(CLASS_ALU64 | Alu.NEG.code, target, 0, 0, 0, NOWHERE);
    }

    /// Turns the lower `bits` (16, 32 or 64) of `target` from the machine's order to network order, or back; higher bits
    /// become 0. On a big-endian machine only that.
    public Assembler toNetwork(Reg target, int bits) {
        if (bits != Short.SIZE && bits != Integer.SIZE && bits != Long.SIZE) {
            throw new IllegalArgumentException("bits: " + bits);
        }
        return add(CLASS_ALU | OP_END | TO_BIG, target, 0, 0, bits, NOWHERE);
    }

    /// `target = value`, all 64 bits; takes two instructions
    public Assembler move64(Reg target, long value) {
        add(CLASS_LD | Width.DOUBLE.code, target, 0, 0, (int) value, NOWHERE);
        return add(0, Reg.R0, 0, 0, (int) (value >>> Integer.SIZE), NOWHERE);
    }

    /// `*(base + offset) += source`, atomically; `width` is WORD or DOUBLE
    public Assembler atomicAdd(Width width, Reg base, int offset, Reg source) {
        return add(CLASS_STX | MODE_ATOMIC | width.code, base, source.number, offset, Alu.ADD.code, NOWHERE);
    }

    /// `source = *(base + offset)` before, `*(base + offset) += source`, atomically (Linux 5.12)
    public Assembler atomicFetchAdd(Width width, Reg base, int offset, Reg source) {
        return add(
                CLASS_STX | MODE_ATOMIC | width.code, base, source.number, offset, Alu.ADD.code | ATOMIC_FETCH, NOWHERE);
    }

    /// `if *(base + offset) == r0 then *(base + offset) = source`, atomically; r0 = what was there (Linux 5.12)
    public Assembler atomicCompareExchange(Width width, Reg base, int offset, Reg source) {
        return add(
                CLASS_STX | MODE_ATOMIC | width.code, base, source.number, offset, ATOMIC_COMPARE_EXCHANGE, NOWHERE);
    }

    /// `target = *(base + offset)`, zero-extended
    public Assembler load(Width width, Reg target, Reg base, int offset) {
        return add(CLASS_LDX | MODE_MEM | width.code, target, base.number, offset, 0, NOWHERE);
    }

    /// `*(base + offset) = source`
    public Assembler store(Width width, Reg base, int offset, Reg source) {
        return add(CLASS_STX | MODE_MEM | width.code, base, source.number, offset, 0, NOWHERE);
    }

    /// `*(base + offset) = immediate`
    public Assembler store(Width width, Reg base, int offset, int immediate) {
        return add(CLASS_ST | MODE_MEM | width.code, base, 0, offset, immediate, NOWHERE);
    }

    /// `target = ` the map behind descriptor `fd`; takes two instructions
    public Assembler loadMap(Reg target, int fd) {
        add(CLASS_LD | Width.DOUBLE.code, target, PSEUDO_MAP_FD, 0, fd, NOWHERE);
        return add(0, Reg.R0, 0, 0, 0, NOWHERE);
    }

    /// `if left condition right goto label`, on 64 bits
    public Assembler jump(Jump condition, Reg left, Reg right, String label) {
        return add(CLASS_JMP | condition.code | FROM_REGISTER, left, right.number, 0, 0, label);
    }

    /// `if left condition right goto label`, on 64 bits, `right` sign-extended
    public Assembler jump(Jump condition, Reg left, int right, String label) {
        return add(CLASS_JMP | condition.code, left, 0, 0, right, label);
    }

    /// `if left condition right goto label`, on the lower 32 bits
    public Assembler jump32(Jump condition, Reg left, int right, String label) {
        return add(CLASS_JMP32 | condition.code, left, 0, 0, right, label);
    }

    /// `if left condition right goto label`, on the lower 32 bits
    public Assembler jump32(Jump condition, Reg left, Reg right, String label) {
        return add(CLASS_JMP32 | condition.code | FROM_REGISTER, left, right.number, 0, 0, label);
    }

    /// `goto label`
    public Assembler jump(String label) {
        return add(CLASS_JMP, Reg.R0, 0, 0, 0, label);
    }

    /// `r0 = helper(r1, ..., r5)`
    public Assembler call(Helper helper) {
        return add(CLASS_JMP | OP_CALL, Reg.R0, 0, 0, helper.number, NOWHERE);
    }

    /// Returns r0.
    public Assembler exit() {
        return add(CLASS_JMP | OP_EXIT, Reg.R0, 0, 0, 0, NOWHERE);
    }

    /// Names the next instruction.
    public Assembler label(String name) {
        if (name.equals(NOWHERE) || labels.putIfAbsent(name, instructions.size()) != null) {
            throw new IllegalStateException("label empty or set twice: " + name);
        }
        return this;
    }

    /// How many instructions there are so far: for labels that must be unique, and for tests of a program's length.
    public int size() {
        return instructions.size();
    }

    /// The program as the kernel takes it.
    ///
    /// @throws IllegalStateException if a jump names a label that was never set, or one too far away
    public byte[] assemble() {
        var code = ByteBuffer.allocate(instructions.size() * INSTRUCTION_LENGTH).order(order);
        for (int pc = 0; pc < instructions.size(); pc++) {
            var i = instructions.get(pc);
            code.put((byte) i.opcode).put(registers(i)).putShort(offset(i, pc)).putInt(i.immediate);
        }
        return code.array();
    }

    private byte registers(Instruction i) {
        int target = i.target.number;
        return (byte) (order == ByteOrder.BIG_ENDIAN ? target << 4 | i.source : i.source << 4 | target);
    }

    private short offset(Instruction i, int pc) {
        int offset = i.label.equals(NOWHERE) ? i.offset : position(i.label) - pc - 1;
        if (offset != (short) offset) {
            throw new IllegalStateException("offset " + offset + " of instruction " + pc + " needs more than 16 bits");
        }
        return (short) offset;
    }

    private int position(String label) {
        Integer position = labels.get(label);
        if (position == null) {
            throw new IllegalStateException("label never set: " + label);
        }
        return position;
    }

    private Assembler add(int opcode, Reg target, int source, int offset, int immediate, String label) {
        instructions.add(new Instruction(opcode, target, source, offset, immediate, label));
        return this;
    }
}
