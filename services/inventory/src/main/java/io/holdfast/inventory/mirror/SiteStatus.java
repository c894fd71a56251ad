package io.holdfast.inventory.mirror;

import io.holdfast.inventory.Label;
import java.util.List;
import java.util.Objects;

/**
 * What a site tells its peers of itself: bounded, whatever it has.
 *
 * @param groups in the order of id, at most {@value #MOST_GROUPS}
 * @param vms in the order of id, at most {@value #MOST_VMS}
 */
public record SiteStatus(Summary summary, List<GroupStatus> groups, List<VmStatus> vms) {
    public static final int MOST_GROUPS = 1000;
    public static final int MOST_VMS = 5000;

    /** Of every name in it: with the bounds above a status has less than 4 MiB as JSON, whatever the names are. */
    public static final int MOST_CHARACTERS = 64;

    /** A name as it is told. */
    public static String label(String name) {
        return Label.of(name, MOST_CHARACTERS);
    }

    /**
     * The small part, that always comes.
     *
     * @param omittedGroups groups beyond the bound
     * @param omittedVms VMs beyond the bound
     */
    public record Summary(String name, Health health, long omittedGroups, long omittedVms) {
        public Summary {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(health, "health");
        }
    }

    public SiteStatus {
        Objects.requireNonNull(summary, "summary");
        groups = List.copyOf(groups);
        vms = List.copyOf(vms);
        if (groups.size() > MOST_GROUPS || vms.size() > MOST_VMS) {
            throw new IllegalArgumentException(
                    "a status has at most %d groups and %d VMs".formatted(MOST_GROUPS, MOST_VMS));
        }
    }

    public StatusDigest digest() {
        return new StatusDigest(StatusDigest.ofGroups(groups), StatusDigest.ofVms(vms));
    }
}
