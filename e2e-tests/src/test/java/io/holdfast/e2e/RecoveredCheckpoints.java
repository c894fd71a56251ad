package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.ProtectedMachine.Disk;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.testkit.workload.Oracle;
import io.holdfast.testkit.workload.WorkloadPlan;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;

/** Opens every checkpoint that a journal lists and holds it against the oracle (invariant 1). */
final class RecoveredCheckpoints {
    private final ProtectedMachine machine;
    private final InetSocketAddress journalNbd;
    private final WorkloadPlan plan;

    RecoveredCheckpoints(ProtectedMachine machine, InetSocketAddress journalNbd, WorkloadPlan plan) {
        this.machine = machine;
        this.journalNbd = journalNbd;
        this.plan = plan;
    }

    /**
     * Every listed checkpoint is the state after one operation, holds everything that was acknowledged to the guest before the
     * checkpoint was ordered, and never goes back behind an older checkpoint.
     *
     * @param issued newest operation that was begun
     * @param acknowledgedAt what the guest had been acknowledged, by instant
     * @return how many checkpoints were compared
     */
    int requireAllEqualTheOracle(long issued, NavigableMap<Instant, Long> acknowledgedAt) throws IOException {
        List<JsonNode> oldestFirst = new ArrayList<>(machine.checkpoints());
        Collections.reverse(oldestFirst);
        return requireEqual(oldestFirst, issued, acknowledgedAt);
    }

    private int requireEqual(List<JsonNode> oldestFirst, long issued, NavigableMap<Instant, Long> acknowledgedAt)
            throws IOException {
        Oracle oracle = new Oracle(plan);
        long reached = 0;
        for (JsonNode checkpoint : oldestFirst) {
            Oracle.Match match = locate(oracle, checkpoint.path("id").asText(), issued);
            var promise = acknowledgedAt.floorEntry(
                    Instant.parse(checkpoint.path("cutAt").asText()));
            assertThat(match.last())
                    .as("checkpoint %s stands at operations %s; plan %s", checkpoint, match, plan)
                    .isGreaterThanOrEqualTo(promise == null ? 0 : promise.getValue())
                    .isGreaterThanOrEqualTo(reached);
            reached = match.first();
        }
        return oldestFirst.size();
    }

    /**
     * As {@link #requireAllEqualTheOracle} for some of the checkpoints, the newest among them.
     *
     * @param most of the others, chosen by {@code random}
     */
    int requireSomeEqualTheOracle(long issued, NavigableMap<Instant, Long> acknowledgedAt, int most, Random random)
            throws IOException {
        List<JsonNode> chosen = new ArrayList<>(machine.checkpoints());
        Collections.shuffle(chosen.subList(1, chosen.size()), random);
        chosen = new ArrayList<>(chosen.subList(0, Math.min(chosen.size(), 1 + most)));
        chosen.sort(Comparator.comparing(
                checkpoint -> Instant.parse(checkpoint.path("cutAt").asText())));
        return requireEqual(chosen, issued, acknowledgedAt);
    }

    private Oracle.Match locate(Oracle oracle, String point, long issued) throws IOException {
        List<BlockDevice> disks = new ArrayList<>();
        try {
            for (Disk disk : machine.disks()) {
                disks.add(NbdClient.open(journalNbd, machine.pgId() + "/" + disk.volumeId() + "@" + point));
            }
            return oracle.locate((disk, offset, into) -> disks.get(disk).read(offset, into), issued);
        } catch (AssertionError wrong) {
            throw new AssertionError("checkpoint " + point + ": " + wrong.getMessage(), wrong);
        } finally {
            for (BlockDevice disk : disks) {
                disk.close();
            }
        }
    }
}
