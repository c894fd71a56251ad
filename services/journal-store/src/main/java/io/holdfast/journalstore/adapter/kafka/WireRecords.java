package io.holdfast.journalstore.adapter.kafka;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import io.holdfast.proto.v1.ChangesRecord;
import java.io.IOException;

/** Reads records of topic {@code changes}. */
public final class WireRecords {
    private WireRecords() {}

    /**
     * Parses without copying the body: the record refers to {@code bytes}, which nobody may change afterwards. Kafka's consumer hands
     * each record's bytes out once.
     *
     * @throws InvalidProtocolBufferException when it is not one
     */
    public static ChangesRecord parse(byte[] bytes) throws InvalidProtocolBufferException {
        CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
        in.enableAliasing(true);
        try {
            ChangesRecord record = ChangesRecord.parseFrom(in);
            in.checkLastTagWas(0);
            return record;
        } catch (InvalidProtocolBufferException malformed) {
            throw malformed;
        } catch (IOException impossible) {
            throw new InvalidProtocolBufferException(impossible);
        }
    }
}
