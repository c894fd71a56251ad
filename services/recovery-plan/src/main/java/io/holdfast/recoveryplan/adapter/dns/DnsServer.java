package io.holdfast.recoveryplan.adapter.dns;

import io.holdfast.recoveryplan.dns.DomainName;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.TSIG;

/**
 * A primary that runs may update.
 *
 * @param name in plans
 * @param address host name or address
 * @param zones canonical
 * @param key what messages are signed with
 */
record DnsServer(String name, String address, int port, List<String> zones, Key key) {
    DnsServer {
        zones = List.copyOf(zones);
    }

    /** @param secretFile has the secret in base64 */
    record Key(String name, Algorithm algorithm, Path secretFile) {}

    /** Those of RFC 8945 that are not weak. */
    enum Algorithm {
        HMAC_SHA256(TSIG.HMAC_SHA256),
        HMAC_SHA384(TSIG.HMAC_SHA384),
        HMAC_SHA512(TSIG.HMAC_SHA512);

        private final Name name;

        Algorithm(Name name) {
            this.name = name;
        }

        Name dnsName() {
            return name;
        }
    }

    /** The longest of its zones that a canonical name lies in. */
    Optional<String> zoneOf(String recordName) {
        return zones.stream()
                .filter(zone -> DomainName.isIn(recordName, zone))
                .max(Comparator.comparingInt(String::length));
    }
}
