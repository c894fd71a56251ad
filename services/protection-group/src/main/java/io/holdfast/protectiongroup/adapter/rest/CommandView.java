package io.holdfast.protectiongroup.adapter.rest;

import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** One command as it was given. */
@Schema(name = "RecordedCommand")
public record CommandView(Instant at, String by, String command, String detail) {}
