package io.holdfast.cli.site;

import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Where a site is and who asks.
 *
 * @param base http or https, without a query; ends with a slash
 * @param token a JWT; empty = none is sent
 * @param authority certificates, as PEM, that the site's may be signed by; empty = those of the JDK
 * @param limit of one request
 */
public record SiteAddress(URI base, Optional<String> token, Optional<Path> authority, Duration limit) {
    /** @throws CommandFailure {@code USAGE} when the text is no address of a site */
    public static URI parse(String text) {
        try {
            URI uri = URI.create(text.strip());
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (http && uri.getHost() != null && uri.getQuery() == null && uri.getFragment() == null) {
                return text.strip().endsWith("/") ? uri : URI.create(text.strip() + "/");
            }
        } catch (IllegalArgumentException malformed) {
            // Said below.
        }
        throw new CommandFailure(
                ExitCode.USAGE,
                "'%s' is no address of a site; give one such as https://dr.example.org".formatted(text));
    }
}
