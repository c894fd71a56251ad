package io.holdfast.inventory.adapter.quarkus;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.quarkus.scheduler.Scheduled;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jboss.logging.Logger;

/**
 * All meters of the inventory. Counted every 15 s, not at every scrape; {@code NaN} while the database does not answer. How long peers have not been heard is looked at every 2 s, as often as
 * they are called: an alert at 10 s is to be neither late nor false.
 */
@Singleton
public class InventoryMeters {
    private static final Logger LOG = Logger.getLogger(InventoryMeters.class);

    /** A meter with one gauge for each value of its label; the query answers with value and number. */
    private record Meter(String name, String help, String label, List<String> values, String query) {
        String key(String value) {
            return name + '/' + value;
        }
    }

    private static final List<Meter> METERS = List.of(
            new Meter(
                    "holdfast_inventory_vms",
                    "VMs. Alert: MISSING above 0",
                    "state",
                    List.of("REQUESTED", "ATTACHED", "REJECTED", "MISSING", "DETACHING"),
                    "select state, count(*) from vm group by state"),
            new Meter(
                    "holdfast_inventory_agents",
                    "Agents. Alert: DISCONNECTED above 0",
                    "link",
                    List.of("CONNECTED", "DISCONNECTED", "NEVER_SEEN"),
                    "select link, count(*) from agent group by link"),
            new Meter(
                    "holdfast_inventory_volumes",
                    "Volumes; not all have to be protected",
                    "protectable",
                    List.of("true", "false"),
                    "select case when reason_code is null then 'true' else 'false' end, count(*) from volume group by 1"));

    private final DataSource database;
    private final Map<String, Long> counted = new ConcurrentHashMap<>();
    private final MultiGauge peers;

    public InventoryMeters(DataSource database, MeterRegistry registry) {
        this.database = database;
        this.peers = MultiGauge.builder("holdfast_peer_contact_age_seconds")
                .description("How long a peer has not been heard, or since the pairing. Alert: above 10")
                .register(registry);
        for (Meter meter : METERS) {
            for (String value : meter.values()) {
                Gauge.builder(meter.name(), () -> number(meter.key(value)))
                        .description(meter.help())
                        .tag(meter.label(), value)
                        .register(registry);
            }
        }
    }

    private double number(String key) {
        Long count = counted.get(key);
        return count == null ? Double.NaN : count;
    }

    @Scheduled(every = "15s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void count() {
        try (var connection = database.getConnection()) {
            for (Meter meter : METERS) {
                count(connection, meter);
            }
        } catch (SQLException unavailable) {
            counted.clear();
            LOG.debugf("meters could not be counted reason=%s", unavailable.getMessage());
        }
    }

    @Scheduled(every = "2s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void countPeers() {
        try (var connection = database.getConnection()) {
            peers.register(contactAges(connection), true);
        } catch (SQLException unavailable) {
            peers.register(List.of(), true);
            LOG.debugf("peers could not be counted reason=%s", unavailable.getMessage());
        }
    }

    private static List<MultiGauge.Row<?>> contactAges(Connection connection) throws SQLException {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        try (var statement = connection.createStatement();
                var peer = statement.executeQuery("""
                        select p.id, p.name, greatest(0, extract(epoch from now() - greatest(m.contact_at, p.since)))
                        from peer p left join mirror m on m.id = p.id where p.state = 'PAIRED'""")) {
            while (peer.next()) {
                rows.add(MultiGauge.Row.of(
                        Tags.of("site", peer.getString(1), "name", peer.getString(2)), peer.getDouble(3)));
            }
        }
        return rows;
    }

    private void count(Connection connection, Meter meter) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(meter.query())) {
            meter.values().forEach(value -> counted.put(meter.key(value), 0L));
            while (rows.next()) {
                counted.put(meter.key(rows.getString(1)), rows.getLong(2));
            }
        }
    }
}
