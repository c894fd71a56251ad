package io.holdfast.localsite.identity;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.localsite.LocalSiteError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;

/** Who this site, its one host and its one agent are. Made once, kept for good: everything stored refers to them. */
public record SiteIdentity(SiteId site, HostId host, AgentId agent) {

    /**
     * Reads the identity from its directory and makes what is missing.
     *
     * @throws HoldfastException {@code LOCAL_SITE_FILE_UNREADABLE} when a file holds something else than an id: a new
     *     one would orphan all data of the old one
     */
    public static SiteIdentity ensure(Path directory) {
        PrivateFiles.directory(directory);
        return new SiteIdentity(
                id(directory.resolve("site-id"), SiteId::parse, SiteId::random),
                id(directory.resolve("host-id"), HostId::parse, HostId::random),
                id(directory.resolve("agent-id"), AgentId::parse, AgentId::random));
    }

    private static <T> T id(Path file, Function<String, T> parse, Supplier<T> random) {
        if (!Files.exists(file)) {
            T made = random.get();
            PrivateFiles.write(file, made + "\n");
            return made;
        }
        try {
            return parse.apply(PrivateFiles.read(file));
        } catch (HoldfastException invalid) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_FILE_UNREADABLE,
                    "%s does not hold an id (%s); restore it, or remove the whole directory to begin anew."
                            .formatted(file, invalid.getMessage()),
                    invalid);
        }
    }
}
