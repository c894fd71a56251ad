package io.holdfast.cli.site;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** People say names, the interface wants ids: finds what is meant, and never guesses. */
public final class Lookup {
    private static final Pattern ID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private final Site site;

    public Lookup(Site site) {
        this.site = site;
    }

    public String host(String nameOrId) {
        return id("host", "api/v1/hosts", nameOrId);
    }

    public String vm(String nameOrId) {
        return id("VM", "api/v1/vms", nameOrId);
    }

    public String group(String nameOrId) {
        return id("protection group", "api/v1/protection-groups", nameOrId);
    }

    public String plan(String nameOrId) {
        return id("recovery plan", "api/v1/plans", nameOrId);
    }

    /**
     * A plan as people keep it in version control, where names stay and ids do not.
     *
     * @param plan protection groups by name or id
     * @return a copy with their ids
     */
    public ObjectNode withGroupIds(JsonNode plan) {
        ObjectNode copy = plan.deepCopy();
        copy.path("groups").forEach(group -> {
            if (group instanceof ObjectNode one && one.path("pgIds").isArray()) {
                List<String> ids = one.path("pgIds")
                        .valueStream()
                        .map(pg -> group(pg.asText()))
                        .toList();
                ids.forEach(one.putArray("pgIds")::add);
            }
        });
        return copy;
    }

    public String peer(String nameOrId) {
        return id("peer", "api/v1/sites/peers", nameOrId);
    }

    /** @throws CommandFailure {@code NOT_FOUND}, or {@code USAGE} when several have the name */
    private String id(String kind, String path, String nameOrId) {
        if (ID.matcher(nameOrId).matches()) {
            return nameOrId;
        }
        List<JsonNode> found = site.list(path).stream()
                .filter(one -> one.path("name").asText().equals(nameOrId))
                .toList();
        if (found.isEmpty()) {
            throw new CommandFailure(ExitCode.NOT_FOUND, "there is no %s '%s'".formatted(kind, nameOrId));
        }
        if (found.size() > 1) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "%d of kind %s are named '%s'; say which: %s"
                            .formatted(
                                    found.size(),
                                    kind,
                                    nameOrId,
                                    found.stream()
                                            .map(one -> one.path("id").asText())
                                            .collect(Collectors.joining(", "))));
        }
        return found.getFirst().path("id").asText();
    }
}
