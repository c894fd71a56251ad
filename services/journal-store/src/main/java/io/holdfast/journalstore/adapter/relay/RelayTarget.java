package io.holdfast.journalstore.adapter.relay;

import io.grpc.netty.GrpcSslContexts;
import io.holdfast.kernel.Dscp;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.netty.handler.ssl.SslContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * One further site, as configured and checked.
 *
 * @param routers tried in turn, host:port
 * @param mark that packets to it carry
 * @param offered groups of this store that the target may see; empty = all
 */
record RelayTarget(
        String name,
        List<Address> routers,
        Path certificate,
        Path key,
        Path trust,
        Dscp mark,
        Set<PgId> offered,
        TargetIdentity identity) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,62})");

    /** A router of the target. */
    record Address(String host, int port) {
        private static final Pattern TEXT = Pattern.compile("(\\[[0-9a-fA-F:.%]+]|[^\\s:/\\[\\]]+):(\\d{1,5})");

        /** @throws IllegalArgumentException for anything but {@code host:port} */
        static Address parse(String text) {
            var match = TEXT.matcher(text.strip());
            int port = match.matches() ? Integer.parseInt(match.group(2)) : 0;
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("'%s' is not a router's address; write host:port".formatted(text));
            }
            return new Address(match.group(1), port);
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /** @throws HoldfastException {@code INVALID_CONFIGURATION} naming the setting */
    static RelayTarget of(String name, RelaySettings.Target settings) {
        if (!NAME.matcher(name).matches()) {
            throw invalid(name, "a target's name has 1 to 63 of the characters a to z, 0 to 9 and -");
        }
        if (settings.routers().isEmpty()) {
            throw invalid(name, "routers is empty; write host:port, such as router.third.example:9443");
        }
        Path certificate = Path.of(settings.certificate());
        RelayTarget target = new RelayTarget(
                name,
                settings.routers().stream().map(text -> address(name, text)).toList(),
                certificate,
                Path.of(settings.key()),
                Path.of(settings.trust()),
                Dscp.of("holdfast.relay.targets.%s.dscp".formatted(name), settings.dscp()),
                settings.groups()
                        .map(ids -> Set.copyOf(ids.stream().map(PgId::parse).toList()))
                        .orElse(Set.of()),
                TargetIdentity.of(certificate));
        target.tls();
        return target;
    }

    private static Address address(String name, String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw invalid(name, malformed.getMessage());
        }
    }

    boolean offers(PgId group) {
        return offered.isEmpty() || offered.contains(group);
    }

    /** Reads the files again, so that a renewed certificate is picked up. */
    SslContext tls() {
        try {
            return GrpcSslContexts.forClient()
                    .keyManager(certificate.toFile(), key.toFile())
                    .trustManager(trust.toFile())
                    .build();
        } catch (SSLException | IllegalArgumentException unusable) {
            throw invalid(
                    name,
                    "certificate %s, key %s (PKCS#8) or trust %s cannot be used: %s"
                            .formatted(certificate, key, trust, unusable.getMessage()));
        }
    }

    private static HoldfastException invalid(String name, String why) {
        return new HoldfastException(
                CommonError.INVALID_CONFIGURATION, "holdfast.relay.targets.%s: %s".formatted(name, why));
    }
}
