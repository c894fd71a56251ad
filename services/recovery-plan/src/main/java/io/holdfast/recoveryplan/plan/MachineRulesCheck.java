package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.PlanDraft.MachinesDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.NetworkDraft;
import io.holdfast.recoveryplan.plan.PlanDraft.ProbeDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** The rules of {@link PlanRules} that are about machines. The bounds of probes are those of {@code machine.proto}. */
final class MachineRulesCheck {
    static final int MAX_HOSTS = 64;
    static final int MAX_NETWORKS = 64;
    static final int MAX_ORDERED_VMS = 256;
    static final int MAX_PROBES = 64;
    static final int MAX_TEXT = 200;
    static final Duration MAX_GRACE = Duration.ofMinutes(10);

    private final BiConsumer<String, String> refuse;

    MachineRulesCheck(BiConsumer<String, String> refuse) {
        this.refuse = refuse;
    }

    /** @param draft {@code null} if nothing was said */
    MachineRules check(String field, boolean powerOn, MachinesDraft draft) {
        if (draft == null) {
            return powerOn
                    ? new MachineRules(true, List.of(), Map.of(), Map.of(), false, List.of(), Duration.ZERO)
                    : MachineRules.OFF;
        }
        boolean production = Boolean.TRUE.equals(draft.allowProductionNetworkInTest());
        Map<String, NetworkTarget> test = networks(field + ".networks.test", draft.testNetworks());
        test.forEach((source, target) -> {
            if (target instanceof NetworkTarget.Host host && !production) {
                refuse.accept(
                        field + ".networks.test." + shown(source),
                        "a test would reach the network '%s' of the host; map it to an isolated one, or say allowProductionNetworkInTest: true"
                                .formatted(host.name()));
            }
        });
        return new MachineRules(
                powerOn,
                ids(field + ".hosts", draft.hosts(), MAX_HOSTS, HostId::parse),
                test,
                networks(field + ".networks.live", draft.liveNetworks()),
                production,
                startOrder(field + ".startOrder", draft.startOrder()),
                grace(field + ".shutdownGrace", draft.shutdownGrace()),
                new CardRulesCheck(refuse).check(field + ".cards", draft.cards()));
    }

    private <T> List<T> ids(String field, List<String> texts, int most, Function<String, T> parse) {
        List<String> given = texts == null ? List.of() : texts;
        if (given.size() > most) {
            refuse.accept(field, "at most %d are allowed, not %d".formatted(most, given.size()));
            return List.of();
        }
        List<T> parsed = new ArrayList<>();
        for (int index = 0; index < given.size(); index++) {
            try {
                T id = parse.apply(given.get(index));
                if (parsed.contains(id)) {
                    refuse.accept(field + "[" + index + "]", "is named more than once");
                }
                parsed.add(id);
            } catch (HoldfastException malformed) {
                refuse.accept(field + "[" + index + "]", malformed.getMessage());
            }
        }
        return parsed;
    }

    private Map<String, NetworkTarget> networks(String field, Map<String, NetworkDraft> drafts) {
        Map<String, NetworkDraft> given = drafts == null ? Map.of() : drafts;
        if (given.size() > MAX_NETWORKS) {
            refuse.accept(field, "at most %d networks are mapped, not %d".formatted(MAX_NETWORKS, given.size()));
            return Map.of();
        }
        Map<String, NetworkTarget> targets = new LinkedHashMap<>();
        given.forEach((source, draft) -> {
            String at = field + "." + shown(source);
            if (!isText(source, PlanRules.MAX_NAME_LENGTH)) {
                refuse.accept(
                        field, "a network's name has 1 to %d visible characters".formatted(PlanRules.MAX_NAME_LENGTH));
            } else if (draft == null || (draft.isolated() == null) == (draft.host() == null)) {
                refuse.accept(at, "give exactly one of isolated and host");
            } else if (!isText(draft.isolated() == null ? draft.host() : draft.isolated(), 63)) {
                refuse.accept(at, "the name of a network has 1 to 63 visible characters");
            } else {
                targets.put(
                        source,
                        draft.isolated() == null
                                ? new NetworkTarget.Host(draft.host())
                                : new NetworkTarget.Isolated(draft.isolated()));
            }
        });
        return targets;
    }

    private List<List<VmId>> startOrder(String field, List<List<String>> drafts) {
        List<List<VmId>> order = new ArrayList<>();
        Set<VmId> named = new HashSet<>();
        List<List<String>> given = drafts == null ? List.of() : drafts;
        for (int index = 0; index < given.size(); index++) {
            String at = field + "[" + index + "]";
            if (given.get(index) == null || given.get(index).isEmpty()) {
                refuse.accept(at, "must name at least one VM");
                continue;
            }
            List<VmId> together = ids(at, given.get(index), MAX_ORDERED_VMS, VmId::parse);
            together.stream()
                    .filter(vm -> !named.add(vm))
                    .findFirst()
                    .ifPresent(twice ->
                            refuse.accept(at, "VM %s starts once and is named more than once".formatted(twice)));
            order.add(together);
        }
        if (named.size() > MAX_ORDERED_VMS) {
            refuse.accept(field, "at most %d VMs are named".formatted(MAX_ORDERED_VMS));
        }
        return order;
    }

    private Duration grace(String field, Duration grace) {
        if (grace == null) {
            return Duration.ZERO;
        }
        if (grace.isNegative() || grace.compareTo(MAX_GRACE) > 0) {
            refuse.accept(field, "is PT0S to %s, not %s".formatted(MAX_GRACE, grace));
        }
        return grace;
    }

    List<MachineProbe> probes(String field, List<ProbeDraft> drafts) {
        if (drafts.size() > MAX_PROBES) {
            refuse.accept(field, "at most %d probes are allowed, not %d".formatted(MAX_PROBES, drafts.size()));
            return List.of();
        }
        List<MachineProbe> probes = new ArrayList<>();
        for (int index = 0; index < drafts.size(); index++) {
            probe(field + "[" + index + "]", drafts.get(index)).ifPresent(probes::add);
        }
        return probes;
    }

    private Optional<MachineProbe> probe(String field, ProbeDraft draft) {
        if (draft == null) {
            refuse.accept(field, "a probe must not be null");
            return Optional.empty();
        }
        Optional<VmId> vm = Optional.empty();
        if (draft.vmId() != null) {
            vm = ids(field + ".vmId", List.of(draft.vmId()), 1, VmId::parse).stream()
                    .findFirst();
        }
        switch (draft.type()) {
            case "TCP" -> {
                if (address(field, draft)) {
                    return Optional.of(new MachineProbe.Tcp(vm, given(draft.address()), draft.port()));
                }
            }
            case "HTTP" -> {
                String path = draft.path() == null ? "/" : draft.path();
                if (!path.startsWith("/") || !isText(path, MAX_TEXT) || path.indexOf(' ') >= 0) {
                    refuse.accept(
                            field + ".path",
                            "begins with a slash and has at most %d characters, no blanks".formatted(MAX_TEXT));
                } else if (address(field, draft)) {
                    return Optional.of(new MachineProbe.Http(vm, given(draft.address()), draft.port(), path));
                }
            }
            case "GUEST_AGENT" -> {
                return Optional.of(new MachineProbe.GuestAgent(vm));
            }
            case "CONSOLE" -> {
                if (isText(draft.text(), MAX_TEXT)) {
                    return Optional.of(new MachineProbe.Console(vm, draft.text()));
                }
                refuse.accept(field + ".text", "has 1 to %d visible characters".formatted(MAX_TEXT));
            }
            case null, default ->
                refuse.accept(field + ".type", "a probe is TCP, HTTP, GUEST_AGENT or CONSOLE, not " + draft.type());
        }
        return Optional.empty();
    }

    /** Without an address it is the one that the machine's card is given. */
    private boolean address(String field, ProbeDraft draft) {
        boolean port = draft.port() != null && draft.port() >= 1 && draft.port() <= 65_535;
        if (!port) {
            refuse.accept(field + ".port", "is 1 to 65535");
        }
        boolean address = draft.address() == null || CardRulesCheck.isAddress(draft.address());
        if (!address) {
            refuse.accept(field + ".address", "is an IPv4 or IPv6 address, not a name");
        }
        return port && address;
    }

    private static String given(String address) {
        return address == null ? "" : address;
    }

    private static boolean isText(String text, int longest) {
        return text != null
                && !text.isBlank()
                && text.length() <= longest
                && text.chars().noneMatch(Character::isISOControl);
    }

    private static String shown(String key) {
        return key.length() <= 64 ? key : key.substring(0, 64) + "…";
    }
}
