package io.holdfast.cli.failback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.holdfast.cli.failback.Picture.AtSite;
import io.holdfast.cli.failback.Picture.Attachment;
import io.holdfast.cli.failback.Picture.Capture;
import io.holdfast.cli.failback.Picture.Disk;
import io.holdfast.cli.failback.Picture.Group;
import io.holdfast.cli.failback.Picture.Machine;
import io.holdfast.cli.failback.Picture.Ownership;
import io.holdfast.cli.failback.Picture.Pair;
import io.holdfast.cli.failback.Picture.Plan;
import io.holdfast.cli.failback.Picture.Run;
import io.holdfast.cli.failback.Picture.Vm;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/** One VM in one group, as both sites show it; a test says what is different from a VM that has just come to the other site for good. */
final class Scene {
    static final String W = "aaaaaaaa-0000-4000-8000-000000000001";
    static final String H = "aaaaaaaa-0000-4000-8000-000000000002";
    static final String EARLIER = "aaaaaaaa-0000-4000-8000-000000000003";
    private static final String VM = "vm-1";
    private static final String VOLUME = "volume-1";
    private static final JsonNode SPEC = JsonNodeFactory.instance.objectNode().put("cpuCount", 1);

    boolean failedOver = true;
    String runAway = "SUCCEEDED";
    boolean machineAway = true;
    boolean captureAway = true;
    String groupAway = "FAILED_OVER";
    String heldAwayBy = W;
    boolean ownedAway = true;
    Optional<Attachment> attachedAway = Optional.of(attached("MISSING", "INLINE", "/dev/sda"));
    Optional<String> awayLink = Optional.of("host-a");

    Optional<String> groupHome = Optional.empty();
    boolean history;
    int groupsHome = 1;
    Set<String> vmsHome = Set.of(VM);
    String heldHomeBy = H;
    boolean ownedHome = true;
    Optional<Attachment> attachedHome = Optional.empty();
    Optional<String> homeLink = Optional.of("host-b");
    Set<String> kept = Set.of();
    Optional<String> runHome = Optional.empty();
    String modeHome = "MOVE";
    boolean recovered = true;
    boolean machineHome = true;
    boolean captureHome = true;
    Optional<Set<String>> planHome = Optional.of(Set.of("group-home"));
    int runsHome = 1;
    private Wishes wishes = wishes(Map.of(), false);

    static Attachment attached(String state, String capture, String backing) {
        return new Attachment(
                state, capture, "why", List.of(new Disk(VOLUME, "root", backing, Optional.empty())), Optional.of(SPEC));
    }

    static Attachment tapOf(String run) {
        return attached("ATTACHED", "TAP", Attachment.noted(run, VOLUME));
    }

    private static Wishes wishes(Map<String, String> seeds, boolean without) {
        return new Wishes(
                seeds,
                without,
                false,
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /** Home protects the machine. */
    Scene prepared() {
        attachedHome = Optional.of(tapOf(W));
        groupHome = Optional.of("PROTECTED");
        history = true;
        return this;
    }

    /** Home runs it for good. */
    Scene home() {
        prepared();
        groupHome = Optional.of("FAILED_OVER");
        runHome = Optional.of("SUCCEEDED");
        return this;
    }

    /** The other site has let go. */
    Scene returned() {
        home();
        runAway = "RELEASED";
        machineAway = false;
        groupAway = "RESYNC";
        ownedAway = false;
        attachedAway = Optional.empty();
        return this;
    }

    Scene seed(String name) {
        wishes = wishes(Map.of(name, "old.raw"), false);
        return this;
    }

    Scene withoutSeeds() {
        wishes = wishes(Map.of(), true);
        return this;
    }

    Scene homePlanFile() {
        wishes = wishes.moving(Optional.of(SPEC), Optional.empty(), false);
        return this;
    }

    Wishes wishes() {
        return wishes;
    }

    Picture picture() {
        boolean held = groupHome
                .filter(Set.of("FAILING_OVER", "FAILED_OVER")::contains)
                .isPresent();
        Group away = new Group(
                "group-away",
                "erp",
                groupAway,
                true,
                groupAway.startsWith("FAIL") ? Optional.of(heldAwayBy) : Optional.empty(),
                0,
                Set.of(VM),
                SPEC);
        List<Group> home = groupHome.stream()
                .map(state -> new Group(
                        "group-home",
                        "erp",
                        state,
                        history,
                        held ? Optional.of(heldHomeBy) : Optional.empty(),
                        42,
                        vmsHome,
                        SPEC))
                .flatMap(group -> Stream.generate(() -> group).limit(groupsHome))
                .toList();
        Vm vm = new Vm(
                VM,
                "db",
                new AtSite(
                        attachedHome,
                        runHome.filter(_ -> machineHome).map(_ -> machine(true, captureHome)),
                        homeLink,
                        groupHome.isPresent() ? new Ownership(true, held && ownedHome, 1, "home") : Ownership.UNKNOWN),
                new AtSite(
                        attachedAway,
                        Optional.of(machine(machineAway, captureAway)),
                        awayLink,
                        new Ownership(true, ownedAway, 1, "away")),
                kept);
        return new Picture(
                "erp",
                "erp",
                failedOver ? Optional.of(run(W, "UNPLANNED", runAway)) : Optional.empty(),
                failedOver ? List.of(new Pair(away, home, List.of(vm))) : List.of(),
                runHome.map(state -> run(H, modeHome, state)),
                held ? runsHome : 0,
                planHome.map(groups -> new Plan("plan-home", "erp", groups, 0, "")));
    }

    private static Machine machine(boolean kept, boolean capture) {
        return new Machine(
                "host",
                kept,
                capture ? Optional.of(new Capture("/run/qmp", "/run/qga", Map.of(VOLUME, "node"))) : Optional.empty());
    }

    private Run run(String id, String mode, String state) {
        boolean committed = Set.of("SUCCEEDED", "RELEASING", "RELEASED").contains(state);
        return new Run(id, mode, state, committed, recovered, "2026-03-01T10:14:06.5Z", "", "", Map.of());
    }
}
