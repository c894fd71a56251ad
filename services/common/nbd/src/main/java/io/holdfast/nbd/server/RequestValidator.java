package io.holdfast.nbd.server;

import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.nbd.wire.ExportInfo;
import io.holdfast.nbd.wire.Transmission;

/**
 * The door: every request is judged here and nowhere else. Order of checks: command, flags, read-only, what was advertised, length, payload
 * size, range, alignment. Source: NBD specification, "Request types", "Command flags", "Block size constraints", "Error values".
 */
final class RequestValidator {
    private final ExportInfo export;
    private final boolean blockStatusNegotiated;

    RequestValidator(ExportInfo export, boolean blockStatusNegotiated) {
        this.export = export;
        this.blockStatusNegotiated = blockStatusNegotiated;
    }

    /**
     * The request to execute, or {@link Request.Refused} with the error the specification wants and a message that names command, offset
     * and count.
     *
     * @param flags command flags, 16 bits
     * @param offset as on the wire; negative means 2<sup>63</sup> or more
     * @param count bytes, 0 to 2<sup>32</sup>-1
     */
    Request judge(int flags, int command, long cookie, long offset, long count) {
        NbdError error;
        String why;
        int allowedFlags = allowedFlags(command);
        if (allowedFlags < 0) {
            error = NbdError.EINVAL;
            why = "unknown command";
        } else if ((flags & ~allowedFlags) != 0) {
            error = NbdError.EINVAL;
            why = "flags 0x" + Integer.toHexString(flags & ~allowedFlags) + " do not belong to this command here";
        } else if (changesContents(command) && export.has(Transmission.FLAG_READ_ONLY)) {
            error = NbdError.EPERM;
            why = "the export is read-only";
        } else if (!advertised(command)) {
            error = NbdError.EINVAL;
            why = "the command was not negotiated";
        } else if (command == Transmission.CMD_FLUSH) {
            if (offset == 0 && count == 0) {
                return new Request.Flush(cookie);
            }
            error = NbdError.EINVAL;
            why = "offset and count must be 0";
        } else if (count == 0) {
            error = NbdError.EINVAL;
            why = "the count must not be 0";
        } else if (carriesPayload(command) && count > export.blockSizes().maximum()) {
            error = (flags & Transmission.CMD_FLAG_DF) != 0 ? NbdError.EOVERFLOW : NbdError.EINVAL;
            why = "the count exceeds the maximum of " + export.blockSizes().maximum();
        } else if (offset < 0 || offset > export.size() || count > export.size() - offset) {
            boolean needsSpace = command == Transmission.CMD_WRITE || command == Transmission.CMD_WRITE_ZEROES;
            error = needsSpace ? NbdError.ENOSPC : NbdError.EINVAL;
            why = "beyond the end, size " + export.size();
        } else if (((offset | count) & (export.blockSizes().minimum() - 1)) != 0) {
            error = NbdError.EINVAL;
            why = "offset and count must be multiples of " + export.blockSizes().minimum();
        } else {
            return accepted(flags, command, cookie, offset, count);
        }
        String message = Transmission.commandName(command) + " offset " + Long.toUnsignedString(offset) + ", count "
                + count + ": " + why;
        return new Request.Refused(cookie, error, message);
    }

    private static Request accepted(int flags, int command, long cookie, long offset, long count) {
        boolean fua = (flags & Transmission.CMD_FLAG_FUA) != 0;
        return switch (command) {
            case Transmission.CMD_READ -> new Request.Read(cookie, offset, (int) count);
            case Transmission.CMD_WRITE -> new Request.Write(cookie, offset, (int) count, fua, null);
            case Transmission.CMD_TRIM -> new Request.Trim(cookie, offset, count, fua);
            case Transmission.CMD_CACHE -> new Request.Cache(cookie, offset, count);
            case Transmission.CMD_WRITE_ZEROES ->
                new Request.Zero(
                        cookie,
                        offset,
                        count,
                        new ZeroOptions(
                                (flags & Transmission.CMD_FLAG_NO_HOLE) == 0,
                                (flags & Transmission.CMD_FLAG_FAST_ZERO) != 0,
                                fua));
            case Transmission.CMD_BLOCK_STATUS ->
                new Request.BlockStatus(cookie, offset, count, (flags & Transmission.CMD_FLAG_REQ_ONE) != 0);
            default -> throw new AssertionError("accepted an unknown command: " + command);
        };
    }

    /** Flags the command may carry on this export, or -1 for an unknown command. FUA is valid for all commands once it was advertised. */
    private int allowedFlags(int command) {
        int fua = export.has(Transmission.FLAG_SEND_FUA) ? Transmission.CMD_FLAG_FUA : 0;
        return switch (command) {
            case Transmission.CMD_READ -> fua | (export.has(Transmission.FLAG_SEND_DF) ? Transmission.CMD_FLAG_DF : 0);
            case Transmission.CMD_WRITE, Transmission.CMD_FLUSH, Transmission.CMD_TRIM, Transmission.CMD_CACHE -> fua;
            case Transmission.CMD_WRITE_ZEROES ->
                fua
                        | Transmission.CMD_FLAG_NO_HOLE
                        | (export.has(Transmission.FLAG_SEND_FAST_ZERO) ? Transmission.CMD_FLAG_FAST_ZERO : 0);
            case Transmission.CMD_BLOCK_STATUS -> fua | Transmission.CMD_FLAG_REQ_ONE;
            default -> -1;
        };
    }

    private boolean advertised(int command) {
        return switch (command) {
            case Transmission.CMD_FLUSH -> export.has(Transmission.FLAG_SEND_FLUSH);
            case Transmission.CMD_TRIM -> export.has(Transmission.FLAG_SEND_TRIM);
            case Transmission.CMD_CACHE -> export.has(Transmission.FLAG_SEND_CACHE);
            case Transmission.CMD_WRITE_ZEROES -> export.has(Transmission.FLAG_SEND_WRITE_ZEROES);
            case Transmission.CMD_BLOCK_STATUS -> blockStatusNegotiated;
            default -> true;
        };
    }

    private static boolean changesContents(int command) {
        return command == Transmission.CMD_WRITE
                || command == Transmission.CMD_TRIM
                || command == Transmission.CMD_WRITE_ZEROES;
    }

    private static boolean carriesPayload(int command) {
        return command == Transmission.CMD_READ || command == Transmission.CMD_WRITE;
    }
}
