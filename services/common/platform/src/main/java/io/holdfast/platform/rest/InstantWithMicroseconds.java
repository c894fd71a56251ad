package io.holdfast.platform.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Writes {@code 2026-01-02T03:04:05.000006Z}: always six digits, so that texts sort as times do. */
final class InstantWithMicroseconds extends JsonSerializer<Instant> {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    @Override
    public void serialize(Instant value, JsonGenerator out, SerializerProvider provider) throws IOException {
        out.writeString(FORMAT.format(value));
    }
}
