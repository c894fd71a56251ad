package io.holdfast.platform.db;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/**
 * The reply of a command, in a form that can be stored and given again.
 *
 * @param location value of the header {@code Location}, or null
 * @param body becomes JSON; null = no body
 */
public record Reply(int status, String location, Object body) {
    Stored stored(ObjectMapper json) throws com.fasterxml.jackson.core.JsonProcessingException {
        return new Stored(status, location, body == null ? null : json.writeValueAsString(body));
    }

    record Stored(int status, String location, String body) {
        Response response(boolean replayed) {
            var response = Response.status(status);
            if (location != null) {
                response.header(HttpHeaders.LOCATION, location);
            }
            if (body != null) {
                response.entity(body).type(MediaType.APPLICATION_JSON_TYPE);
            }
            if (replayed) {
                response.header("Idempotency-Replayed", "true");
            }
            return response.build();
        }
    }
}
