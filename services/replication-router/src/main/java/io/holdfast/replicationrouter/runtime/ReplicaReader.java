package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The way to the journals, for hashes of what they hold. An implementation bounds the time of each answer and never answers twice. */
public interface ReplicaReader {
    /** Nobody answers. */
    ReplicaReader NONE = (_, _, answer) -> answer.accept(Answer.refused("JOURNAL_UNAVAILABLE"));

    /**
     * @param agent whose stream has to be applied up to {@code epoch} and {@code seq}
     * @param offset bytes, as is {@code length}
     * @param captureId of the volume's tap (docs/known-differences.md): 1 to 64 of A-Z, a-z, 0-9 and -; empty = none
     */
    record Question(
            PgId pg,
            AgentId agent,
            VolumeId volume,
            long epoch,
            long seq,
            long offset,
            long length,
            int chunkBytes,
            String captureId) {
        private static final Pattern CAPTURE_ID = Pattern.compile("[A-Za-z0-9-]{1,64}");

        /** What an agent calls the capture, or none for what cannot be one: its question is answered by hashes then. */
        static String captureIdOf(String said) {
            return CAPTURE_ID.matcher(said).matches() ? said : "";
        }
    }

    /**
     * @param errorCode one of {@code HashReply.error_code}; empty = {@code hashes} is the answer
     */
    record Answer(String errorCode, byte[] hashes) {
        public static Answer refused(String code) {
            return new Answer(code, new byte[0]);
        }
    }

    /**
     * Asks the journal-store at this REST address.
     *
     * @param answer called once, on any thread
     */
    void read(String restAddress, Question question, Consumer<Answer> answer);
}
