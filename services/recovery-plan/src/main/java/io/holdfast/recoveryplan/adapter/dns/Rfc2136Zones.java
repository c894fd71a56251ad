package io.holdfast.recoveryplan.adapter.dns;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.dns.DnsError;
import io.holdfast.recoveryplan.dns.DnsZones;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordType;
import io.holdfast.recoveryplan.dns.RecordValues;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/** Reads and updates zones at their primaries (RFC 2136, RFC 8945). */
public final class Rfc2136Zones implements DnsZones {
    private final Map<String, DnsServer> servers;
    private final DnsExchange exchange;
    private final Clock clock;

    /** @param servers by name */
    Rfc2136Zones(Map<String, DnsServer> servers, DnsExchange exchange, Clock clock) {
        this.servers = Map.copyOf(servers);
        this.exchange = exchange;
        this.clock = clock;
    }

    @Override
    public Seen read(RecordSet set) {
        DnsServer server = server(set);
        zone(server, set);
        Message question = Message.newQuery(Record.newRecord(DnsExchange.name(set.name()), type(set), DClass.IN));
        question.getHeader().unsetFlag(Flags.RD);
        DnsExchange.Answer answer = exchange.ask(server, question, clock.instant());
        int code = answer.message().getRcode();
        if (code != Rcode.NOERROR && code != Rcode.NXDOMAIN) {
            throw refused(set, code);
        }
        if (!answer.message().getHeader().getFlag(Flags.AA)) {
            throw new HoldfastException(DnsError.DNS_REFUSED, set.text() + ": this server has not the zone");
        }
        return new Seen(values(set, answer.message().getSection(Section.ANSWER)), answer.serverTime());
    }

    private static RecordValues values(RecordSet set, List<Record> answers) {
        Name name = DnsExchange.name(set.name());
        List<String> values = new ArrayList<>();
        long ttl = 0;
        for (Record record : answers) {
            boolean ofThisName = record.getName().equals(name) && record.getDClass() == DClass.IN;
            if (ofThisName && record.getType() == Type.CNAME && set.type() != RecordType.CNAME) {
                throw new HoldfastException(
                        DnsError.DNS_RECORD_UNEXPECTED,
                        "%s is an alias, of %s".formatted(set.text(), record.rdataToString()));
            }
            if (ofThisName && record.getType() == type(set)) {
                values.add(value(record));
                ttl = record.getTTL();
            }
        }
        return new RecordValues(ttl, values);
    }

    /** As {@link RecordType#canonical} writes it; a name that a plan could not have stays as it is in the zone, so that it can be put back. */
    private static String value(Record record) {
        String text = record.rdataToString().toLowerCase(Locale.ROOT);
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    @Override
    public boolean replace(RecordSet set, RecordValues expected, RecordValues next, Instant signedAt) {
        DnsServer server = server(set);
        Name name = DnsExchange.name(set.name());
        Update update = new Update(DnsExchange.name(zone(server, set)));
        if (expected.values().isEmpty()) {
            update.absent(name, type(set));
        }
        // RFC 2136, 2.4.2: with TTL 0.
        records(set, new RecordValues(0, expected.values())).forEach(update::present);
        update.delete(name, type(set));
        records(set, next).forEach(update::add);
        int code = exchange.ask(server, update, signedAt).message().getRcode();
        return switch (code) {
            case Rcode.NOERROR -> true;
            case Rcode.NXRRSET, Rcode.YXRRSET, Rcode.NXDOMAIN, Rcode.YXDOMAIN -> false;
            default -> throw refused(set, code);
        };
    }

    private static List<Record> records(RecordSet set, RecordValues values) {
        List<Record> records = new ArrayList<>();
        for (String value : values.values()) {
            String rdata = set.type().isAddress() ? value : value + ".";
            try {
                records.add(Record.fromString(
                        DnsExchange.name(set.name()), type(set), DClass.IN, values.ttlSeconds(), rdata, Name.root));
            } catch (IOException impossible) {
                throw new IllegalStateException("'%s' was checked and is no value".formatted(value), impossible);
            }
        }
        return records;
    }

    @Override
    public Optional<String> obstacle(RecordSet set) {
        try {
            DnsServer server = server(set);
            zone(server, set);
            DnsExchange.requireKey(server);
            return Optional.empty();
        } catch (HoldfastException notAllowed) {
            return Optional.of(notAllowed.getMessage());
        }
    }

    private DnsServer server(RecordSet set) {
        return Optional.ofNullable(servers.get(set.server()))
                .orElseThrow(() -> new HoldfastException(
                        DnsError.DNS_NOT_ALLOWED,
                        "server '%s' is not among holdfast.recovery-plan.dns.servers".formatted(set.server())));
    }

    private static String zone(DnsServer server, RecordSet set) {
        return server.zoneOf(set.name())
                .orElseThrow(() -> new HoldfastException(
                        DnsError.DNS_NOT_ALLOWED,
                        "%s is in none of the zones that runs may change there: %s"
                                .formatted(set.name(), String.join(", ", server.zones()))));
    }

    private static int type(RecordSet set) {
        return Type.value(set.type().name());
    }

    private static HoldfastException refused(RecordSet set, int code) {
        return new HoldfastException(
                code == Rcode.SERVFAIL ? DnsError.DNS_SERVER_FAILED : DnsError.DNS_REFUSED,
                "%s: the server answered %s".formatted(set.text(), Rcode.string(code)));
    }
}
