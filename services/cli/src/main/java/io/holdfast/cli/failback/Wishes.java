package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.failback.Picture.Disk;
import io.holdfast.cli.failback.Picture.Vm;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a person has to say besides the plan.
 *
 * @param seeds files in home's folder of seeds, by volume id or {@code VM/DISK}
 * @param compareWhole nothing that the sites know of differences is used: old disks and the machines' are read whole
 * @param withoutSeeds volumes without one are sent whole, and nothing of home's old disks is kept
 * @param keepAs name of the branch; empty = made of the run
 * @param homePlanDocument makes it when home has none, its groups by name
 * @param shutdownGrace ISO 8601; empty = the site's
 * @param force the MOVE, whatever its preflight says
 */
public record Wishes(
        Map<String, String> seeds,
        boolean withoutSeeds,
        boolean compareWhole,
        Optional<String> keepAs,
        OptionalInt keepDays,
        Optional<JsonNode> homePlanDocument,
        Optional<String> shutdownGrace,
        boolean force) {

    /** With what only the move needs. */
    public Wishes moving(Optional<JsonNode> document, Optional<String> grace, boolean whatever) {
        return new Wishes(seeds, withoutSeeds, compareWhole, keepAs, keepDays, document, grace, whatever);
    }

    Optional<String> seedOf(Vm vm, Disk disk) {
        return Optional.ofNullable(seeds.getOrDefault(disk.id(), seeds.get(vm.name() + "/" + disk.name())));
    }
}
