package io.holdfast.inventory.adapter.https;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.holdfast.inventory.Label;
import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;

/** What two sites say to each other, as JSON. Fields of a newer version are ignored; everything else that is not as it should be is refused. */
final class PeerWire {
    static final String JOIN = "/peer/v1/join";
    static final String REVOKE = "/peer/v1/revoke";

    static final String STATUS = "/peer/v1/status";

    /** Of a status with as many entries, and names as long, as may be. */
    static final int STATUS_BYTES = 4 << 20;

    /** Of everything that is neither a status nor an answer to one. */
    static final int SMALL_BYTES = 4 << 10;

    private static final int MAX_DEPTH = 16;
    private static final int MAX_TEXT = 8 << 10;

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_TEXT)
                            .maxNameLength(100)
                            .maxNumberLength(20)
                            .build())
                    .build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .defaultPropertyInclusion(JsonInclude.Value.ALL_NON_NULL)
            .build();

    private PeerWire() {}

    record Join(String invitationId, String secret, String name) {
        static Join of(UUID invitation, byte[] secret, String name) {
            return new Join(
                    invitation.toString(),
                    Base64.getUrlEncoder().withoutPadding().encodeToString(secret),
                    name);
        }

        UUID invitation() {
            return UUID.fromString(invitationId);
        }

        byte[] secretBytes() {
            return Base64.getUrlDecoder().decode(secret);
        }
    }

    record Welcome(String name) {}

    record Problem(String code, String detail) {
        static Problem of(HoldfastException refusal) {
            return new Problem(refusal.code().name(), refusal.getMessage());
        }

        /** As an error of the side that asked. */
        HoldfastException refusal() {
            ErrorCode known = Arrays.stream(PairingError.values())
                    .filter(value -> value.name().equals(code))
                    .findFirst()
                    .orElseThrow(() -> invalid("an error that no site has", null));
            return new HoldfastException(known, "the other site says: " + Label.of(detail == null ? "" : detail));
        }
    }

    static byte[] write(Object message) {
        try {
            return JSON.writeValueAsBytes(message);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("messages are texts and numbers", impossible);
        }
    }

    /** @throws HoldfastException {@code PEER_ANSWER_INVALID} */
    static <T> T answer(byte[] bytes, Class<T> type) {
        try {
            T read = JSON.readValue(bytes, type);
            if (read == null) {
                throw invalid("nothing", null);
            }
            return read;
        } catch (IOException | RuntimeException foreign) {
            throw invalid("something else than " + type.getSimpleName(), foreign);
        }
    }

    /** @throws HoldfastException {@code INVALID_REQUEST} */
    static <T> T request(byte[] bytes, Class<T> type) {
        try {
            T read = JSON.readValue(bytes, type);
            if (read != null) {
                return read;
            }
        } catch (IOException malformed) {
            throw refused(malformed);
        }
        throw refused(null);
    }

    static HoldfastException refused(Exception cause) {
        return new HoldfastException(CommonError.INVALID_REQUEST, "the request cannot be read", cause);
    }

    static HoldfastException invalid(String what, Exception cause) {
        return new HoldfastException(
                PairingError.PEER_ANSWER_INVALID, "what answers there does not speak as a site: " + what, cause);
    }
}
