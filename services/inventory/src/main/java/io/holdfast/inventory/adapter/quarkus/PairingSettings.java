package io.holdfast.inventory.adapter.quarkus;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Settings of the link to other sites (docs/pairing.md). Without the three files a site has no peers and works as ever. */
@ConfigMapping(prefix = "holdfast.pairing")
public interface PairingSettings {
    /** PEM: this site's certificate for the link, with its chain. Its URI is {@code spiffe://holdfast/site/<site id>/control}. */
    Optional<Path> certificate();

    /** Its key: PEM, PKCS#8, not encrypted. */
    Optional<Path> key();

    /** PEM: the site's authority, alone. Peers get it. */
    Optional<Path> authority();

    /** Whether sites may call here. One that only joins others, as behind NAT, says false and opens no port. */
    @WithDefault("true")
    boolean listen();

    @WithDefault("0.0.0.0")
    String listenAddress();

    @WithDefault("9444")
    @Min(0)
    @Max(65535)
    int listenPort();

    /** host:port at which other sites reach the port above; stands in every token. Without it nobody can be invited. */
    Optional<String> advertisedAddress();

    /** How long another site may take to answer, from the connection to the last byte. */
    @WithDefault("10s")
    @DurationMin(seconds = 1)
    @DurationMax(minutes = 2)
    Duration callLimit();

    /** Between two calls of a peer that go well. */
    @WithDefault("2s")
    @DurationMin(seconds = 1)
    @DurationMax(minutes = 1)
    Duration interval();

    /** After calls that fail the interval doubles, up to this. */
    @WithDefault("1m")
    @DurationMin(seconds = 1)
    @DurationMax(hours = 1)
    Duration longestInterval();

    /** What is known of a peer counts as stale when it has been silent for longer. */
    @WithDefault("10s")
    @DurationMin(seconds = 2)
    @DurationMax(hours = 24)
    Duration staleAfter();
}
