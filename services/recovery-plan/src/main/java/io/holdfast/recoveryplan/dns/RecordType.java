package io.holdfast.recoveryplan.dns;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;

/** Types of record sets that a plan may name. */
public enum RecordType {
    A,
    AAAA,
    CNAME,
    PTR;

    public boolean isAddress() {
        return this == A || this == AAAA;
    }

    /** The one way in which a value is written here; empty if it is none of this type. */
    public Optional<String> canonical(String value) {
        return isAddress() ? address(value) : DomainName.canonical(value);
    }

    private Optional<String> address(String value) {
        // The JDK also takes "1.2.3" for 1.2.0.3, and zones of interfaces.
        boolean plain = value != null
                && value.indexOf('%') < 0
                && (value.indexOf(':') >= 0
                        || value.chars().filter(c -> c == '.').count() == 3);
        if (!plain) {
            return Optional.empty();
        }
        try {
            InetAddress address = InetAddress.ofLiteral(value);
            boolean ofThisType = this == A ? address instanceof Inet4Address : address instanceof Inet6Address;
            return ofThisType ? Optional.of(address.getHostAddress()) : Optional.empty();
        } catch (IllegalArgumentException notOne) {
            return Optional.empty();
        }
    }
}
