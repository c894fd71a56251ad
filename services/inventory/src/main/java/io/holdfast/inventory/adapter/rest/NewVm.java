package io.holdfast.inventory.adapter.rest;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A VM that an agent is to serve. */
@Schema(name = "NewVm")
record NewVm(
        @NotNull String hostId,

        @NotNull @Size(min = 1, max = 200) @Pattern(regexp = NewVm.PRINTABLE, message = "has no control characters")
        String name,

        @NotNull @Size(min = 1, max = 64) List<@NotNull @Valid NewVolume> volumes) {
    static final String PRINTABLE = "[^\\p{Cntrl}]*";

    /** @param backing path of a raw file or block device on the host */
    @Schema(name = "NewVolume")
    record NewVolume(
            @NotNull @Size(min = 1, max = 100) @Pattern(regexp = PRINTABLE, message = "has no control characters")
            String name,

            @NotNull
            @Size(max = 4096)
            @Pattern(regexp = "/[^\\p{Cntrl}]*", message = "is an absolute path without control characters")
            String backing) {}
}
