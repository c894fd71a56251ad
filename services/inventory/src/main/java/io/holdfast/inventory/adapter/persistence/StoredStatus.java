package io.holdfast.inventory.adapter.persistence;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.holdfast.inventory.adapter.json.StatusJson;
import io.holdfast.inventory.mirror.GroupStatus;
import io.holdfast.inventory.mirror.VmStatus;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.List;

/** The lists of a mirror as columns: as they came from the peer. */
final class StoredStatus {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private StoredStatus() {}

    static String ofGroups(List<GroupStatus> groups) {
        return text(StatusJson.ofGroups(groups));
    }

    static String ofVms(List<VmStatus> vms) {
        return text(StatusJson.ofVms(vms));
    }

    static List<GroupStatus> groups(String text) {
        return StatusJson.groups(read(text, new TypeReference<>() {}));
    }

    static List<VmStatus> vms(String text) {
        return StatusJson.vms(read(text, new TypeReference<>() {}));
    }

    private static String text(Object list) {
        try {
            return MAPPER.writeValueAsString(list);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a status is texts and numbers", impossible);
        }
    }

    private static <T> List<T> read(String text, TypeReference<List<T>> type) {
        try {
            return MAPPER.readValue(text, type);
        } catch (JsonProcessingException malformed) {
            throw new HoldfastException(CommonError.MALFORMED_DATA, "a mirror's column holds no list", malformed);
        }
    }
}
