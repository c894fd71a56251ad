package io.holdfast.nbd.wire;

/**
 * Constants of the transmission phase (NBD specification, "Transmission phase").
 *
 * <pre>
 * request           u32 magic | u16 flags | u16 command | u64 cookie | u64 offset | u32 count | payload (WRITE only)
 * simple reply      u32 magic | u32 error | u64 cookie | data (successful READ only)
 * structured chunk  u32 magic | u16 flags | u16 type | u64 cookie | u32 length | content
 *   OFFSET_DATA     u64 offset | data
 *   OFFSET_HOLE     u64 offset | u32 length
 *   BLOCK_STATUS    u32 context id | (u32 length | u32 state)+
 *   ERROR           u32 error | u16 message length | message
 *   ERROR_OFFSET    u32 error | u16 message length | message | u64 offset
 * </pre>
 */
public final class Transmission {
    public static final int REQUEST_MAGIC = 0x25609513;
    public static final int SIMPLE_REPLY_MAGIC = 0x67446698;
    public static final int STRUCTURED_REPLY_MAGIC = 0x668e33ef;

    public static final int REQUEST_BYTES = 28;
    public static final int SIMPLE_REPLY_BYTES = 16;
    public static final int CHUNK_HEADER_BYTES = 20;

    public static final int FLAG_HAS_FLAGS = 1;
    public static final int FLAG_READ_ONLY = 1 << 1;
    public static final int FLAG_SEND_FLUSH = 1 << 2;
    public static final int FLAG_SEND_FUA = 1 << 3;
    public static final int FLAG_ROTATIONAL = 1 << 4;
    public static final int FLAG_SEND_TRIM = 1 << 5;
    public static final int FLAG_SEND_WRITE_ZEROES = 1 << 6;
    public static final int FLAG_SEND_DF = 1 << 7;
    public static final int FLAG_CAN_MULTI_CONN = 1 << 8;
    public static final int FLAG_SEND_CACHE = 1 << 10;
    public static final int FLAG_SEND_FAST_ZERO = 1 << 11;

    public static final int CMD_READ = 0;
    public static final int CMD_WRITE = 1;
    public static final int CMD_DISC = 2;
    public static final int CMD_FLUSH = 3;
    public static final int CMD_TRIM = 4;
    public static final int CMD_CACHE = 5;
    public static final int CMD_WRITE_ZEROES = 6;
    public static final int CMD_BLOCK_STATUS = 7;

    public static final int CMD_FLAG_FUA = 1;
    public static final int CMD_FLAG_NO_HOLE = 1 << 1;
    public static final int CMD_FLAG_DF = 1 << 2;
    public static final int CMD_FLAG_REQ_ONE = 1 << 3;
    public static final int CMD_FLAG_FAST_ZERO = 1 << 4;

    public static final int REPLY_FLAG_DONE = 1;
    public static final int REPLY_NONE = 0;
    public static final int REPLY_OFFSET_DATA = 1;
    public static final int REPLY_OFFSET_HOLE = 2;
    public static final int REPLY_BLOCK_STATUS = 5;
    public static final int REPLY_ERROR_BIT = 1 << 15;
    public static final int REPLY_ERROR = REPLY_ERROR_BIT + 1;
    public static final int REPLY_ERROR_OFFSET = REPLY_ERROR_BIT + 2;

    public static final int STATE_HOLE = 1;
    public static final int STATE_ZERO = 1 << 1;

    /** The name of a command for messages: {@code WRITE}, or {@code command 77} for an unknown one. */
    public static String commandName(int command) {
        return switch (command) {
            case CMD_READ -> "READ";
            case CMD_WRITE -> "WRITE";
            case CMD_DISC -> "DISC";
            case CMD_FLUSH -> "FLUSH";
            case CMD_TRIM -> "TRIM";
            case CMD_CACHE -> "CACHE";
            case CMD_WRITE_ZEROES -> "WRITE_ZEROES";
            case CMD_BLOCK_STATUS -> "BLOCK_STATUS";
            default -> "command " + command;
        };
    }

    private Transmission() {}
}
