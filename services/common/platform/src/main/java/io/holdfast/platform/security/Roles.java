package io.holdfast.platform.security;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The roles of docs/rest-api.md, for {@code @RolesAllowed}. Each includes the ones before it: an annotation names the
 * lowest role that suffices, and {@link RoleInclusion} lets the higher ones pass.
 */
public final class Roles {
    /** Reads everything. */
    public static final String VIEWER = "viewer";
    /** Protects and tests. */
    public static final String OPERATOR = "operator";
    /** Fails over, commits, rolls back. */
    public static final String RECOVERY = "recovery";
    /** Changes what exists: sites, hosts, VMs. */
    public static final String ADMIN = "admin";

    private static final List<String> ASCENDING = List.of(VIEWER, OPERATOR, RECOVERY, ADMIN);

    private Roles() {}

    /** The given roles and every role that they include; names that are none of ours are left out. */
    public static Set<String> withIncluded(Set<String> given) {
        int highest = given.stream().mapToInt(ASCENDING::indexOf).max().orElse(-1);
        return new TreeSet<>(ASCENDING.subList(0, highest + 1));
    }
}
