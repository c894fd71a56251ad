package io.holdfast.platform.db;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.platform.rest.Violation;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.scheduler.Scheduled;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/**
 * Makes a command safe to repeat (docs/rest-api.md): the first request with a key runs the command, and its reply is stored
 * in the command's own transaction; the same request again gets that reply. A command that fails stores nothing, so it can be
 * tried again with its key.
 */
@Singleton
public class IdempotencyKeys {
    public static final String HEADER = "Idempotency-Key";

    private static final Pattern ALLOWED = Pattern.compile("[\\x21-\\x7e]{1,128}");

    private final DataSource database;
    private final ObjectMapper json;

    public IdempotencyKeys(DataSource database, ObjectMapper json) {
        this.database = database;
        this.json = json;
    }

    /**
     * Runs the command in a transaction of its own, once per key.
     *
     * <p>A second request with the key waits until the first has ended.
     *
     * @param key the header's value; null = the command simply runs
     * @param caller who asks: keys of different callers are different keys
     * @param operation method and path: {@code POST /api/v1/vms}
     * @param request everything that makes the request what it is, as a value that becomes JSON; null when the operation's
     *     path says all
     * @throws HoldfastException {@code IDEMPOTENCY_KEY_REUSED} when the key came with another request before; {@code
     *     INVALID_REQUEST} for a key that is not 1 to 128 visible ASCII characters
     */
    public Response once(String key, String caller, String operation, Object request, Supplier<Reply> command) {
        if (key != null && !ALLOWED.matcher(key).matches()) {
            throw Violation.refuse(HEADER, "is 1 to 128 visible ASCII characters without spaces");
        }
        return QuarkusTransaction.requiringNew().call(() -> {
            if (key == null) {
                return command.get().stored(json).response(false);
            }
            byte[] hash = hash(request);
            Optional<Reply.Stored> before =
                    Sql.run(database, connection -> claimOrFind(connection, caller, operation, key, hash));
            if (before.isPresent()) {
                return before.get().response(true);
            }
            Reply.Stored reply = command.get().stored(json);
            Sql.run(database, connection -> store(connection, caller, operation, key, reply));
            return reply.response(false);
        });
    }

    /** Keys older than 24 h are forgotten. */
    @Scheduled(every = "10m", delayed = "1m")
    void forgetOld() {
        QuarkusTransaction.requiringNew()
                .run(() -> Sql.run(database, connection -> {
                    try (var statement = connection.prepareStatement(
                            "delete from idempotency_key where created_at < now() - interval '24 hours'")) {
                        return statement.executeUpdate();
                    }
                }));
    }

    /** The insert waits for a running transaction with the same key; then either it is ours, or there is a reply. */
    private static Optional<Reply.Stored> claimOrFind(
            Connection connection, String caller, String operation, String key, byte[] hash) throws SQLException {
        try (var insert = connection.prepareStatement("""
                insert into idempotency_key (caller, operation, key, request_hash) values (?, ?, ?, ?)
                on conflict do nothing""")) {
            insert.setString(1, caller);
            insert.setString(2, operation);
            insert.setString(3, key);
            insert.setBytes(4, hash);
            if (insert.executeUpdate() == 1) {
                return Optional.empty();
            }
        }
        try (var select = connection.prepareStatement("""
                select request_hash, status, location, body from idempotency_key
                where caller = ? and operation = ? and key = ?""")) {
            select.setString(1, caller);
            select.setString(2, operation);
            select.setString(3, key);
            try (var found = select.executeQuery()) {
                if (!found.next()) {
                    throw new HoldfastException(
                            CommonError.CONCURRENT_MODIFICATION,
                            "the key was forgotten just now; send the request again");
                }
                if (!Arrays.equals(found.getBytes(1), hash)) {
                    throw new HoldfastException(
                            CommonError.IDEMPOTENCY_KEY_REUSED,
                            "this %s came with a different request before; use a new key".formatted(HEADER));
                }
                return Optional.of(new Reply.Stored(found.getInt(2), found.getString(3), found.getString(4)));
            }
        }
    }

    private static int store(Connection connection, String caller, String operation, String key, Reply.Stored reply)
            throws SQLException {
        try (var update = connection.prepareStatement("""
                update idempotency_key set status = ?, location = ?, body = ?
                where caller = ? and operation = ? and key = ?""")) {
            update.setInt(1, reply.status());
            update.setString(2, reply.location());
            update.setString(3, reply.body());
            update.setString(4, caller);
            update.setString(5, operation);
            update.setString(6, key);
            return update.executeUpdate();
        }
    }

    private byte[] hash(Object request) throws JsonProcessingException {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(json.writeValueAsString(request).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }
}
