package io.holdfast.protectiongroup.adapter.persistence;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;

/**
 * JSON columns. Apart from the REST interface's mapper on purpose: what is stored must not change with how replies look.
 * Fields of a newer version are ignored, so that a rollback of the service can read its rows.
 */
final class StoredJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private StoredJson() {}

    static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("stored forms are texts and numbers", impossible);
        }
    }

    /** @throws HoldfastException {@code MALFORMED_DATA} when the column does not hold the form that its row needs */
    static <T> T read(String column, Class<T> type, String text) {
        try {
            return MAPPER.readValue(text, type);
        } catch (JsonProcessingException malformed) {
            throw new HoldfastException(
                    CommonError.MALFORMED_DATA,
                    "column %s holds no %s".formatted(column, type.getSimpleName()),
                    malformed);
        }
    }
}
