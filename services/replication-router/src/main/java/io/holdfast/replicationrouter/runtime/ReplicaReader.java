package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.util.function.Consumer;

/** The way to the journals, for hashes of what they hold. An implementation bounds the time of each answer and never answers twice. */
public interface ReplicaReader {
    /** Nobody answers. */
    ReplicaReader NONE = (_, _, answer) -> answer.accept(Answer.refused("JOURNAL_UNAVAILABLE"));

    /**
     * @param agent whose stream has to be applied up to {@code epoch} and {@code seq}
     * @param offset bytes, as is {@code length}
     */
    record Question(
            PgId pg, AgentId agent, VolumeId volume, long epoch, long seq, long offset, long length, int chunkBytes) {}

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
