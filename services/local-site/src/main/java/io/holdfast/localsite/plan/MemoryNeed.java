package io.holdfast.localsite.plan;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.part.Part;
import java.util.Collection;

/** What a set of parts may use at most, and whether that is there. Pure. */
public record MemoryNeed(long neededMebibytes) {
    public static MemoryNeed of(Collection<Part> parts) {
        return new MemoryNeed(parts.stream().mapToLong(Part::memoryMebibytes).sum());
    }

    /**
     * @param availableMebibytes what can be had without swapping, the control group's limit included
     * @throws HoldfastException {@code LOCAL_SITE_MEMORY_TOO_LOW}
     */
    public void check(long availableMebibytes) {
        if (availableMebibytes < neededMebibytes) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_MEMORY_TOO_LOW,
                    "The site needs %d MiB of free memory and only %d MiB are available; end other programs, or leave parts out with --without."
                            .formatted(neededMebibytes, availableMebibytes));
        }
    }
}
