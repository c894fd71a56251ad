package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.machine.MachineScreen;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.transaction.Transactional;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Pictures of machines' displays in PostgreSQL. */
@ApplicationScoped
public class SqlMachineScreens implements MachineScreen.Register, MachineScreen.Known {
    private final EntityManager entities;

    @Inject
    public SqlMachineScreens(EntityManager entities) {
        this.entities = entities;
    }

    @Override
    @Transactional
    public void seen(AgentId agent, MachineScreen screen) {
        entities.createNativeQuery("""
                        INSERT INTO machine_screens AS s (machine_id, run_id, moment, taken_at, sha256, png)
                        SELECT o.machine_id, o.run_id, :moment, :taken, :digest, :png
                        FROM machine_orders o JOIN runs r ON r.id = o.run_id AND r.ended_at IS NULL
                        WHERE o.machine_id = :machine AND o.run_id = :run AND o.agent_id = :agent
                        ON CONFLICT (machine_id) DO UPDATE
                        SET moment = excluded.moment, taken_at = excluded.taken_at, sha256 = excluded.sha256, png = excluded.png
                        WHERE s.taken_at < excluded.taken_at
                        """)
                .setParameter("machine", screen.machineId())
                .setParameter("run", screen.run().value())
                .setParameter("agent", agent.value())
                .setParameter("moment", screen.moment().name())
                .setParameter("taken", screen.takenAt())
                .setParameter("digest", sha256(screen.png()))
                .setParameter("png", screen.png())
                .executeUpdate();
    }

    @Override
    @Transactional
    public Optional<MachineScreen.Facts> screen(UUID machineId) {
        return rows("SELECT run_id, moment, taken_at, sha256, octet_length(png) AS bytes", machineId).stream()
                .findFirst()
                .map(row -> new MachineScreen.Facts(
                        new RunId(row.get("run_id", UUID.class)),
                        machineId,
                        MachineScreen.Moment.valueOf(row.get("moment", String.class)),
                        row.get("taken_at", Instant.class),
                        row.get("bytes", Integer.class),
                        row.get("sha256", String.class)));
    }

    /** The PNG; empty if there is none of the machine, or it is another run's. */
    @Transactional
    public Optional<byte[]> png(RunId run, UUID machineId) {
        return rows("SELECT run_id, png", machineId).stream()
                .filter(row -> row.get("run_id", UUID.class).equals(run.value()))
                .findFirst()
                .map(row -> row.get("png", byte[].class));
    }

    // Hibernate answers a native query with raw types.
    @SuppressWarnings("unchecked")
    private List<Tuple> rows(String select, UUID machineId) {
        return entities.createNativeQuery(select + " FROM machine_screens WHERE machine_id = :machine", Tuple.class)
                .setParameter("machine", machineId)
                .getResultList();
    }

    private static String sha256(byte[] data) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
        } catch (NoSuchAlgorithmException absent) {
            throw new HoldfastException(CommonError.INTERNAL, "this Java has no SHA-256", absent);
        }
    }
}
