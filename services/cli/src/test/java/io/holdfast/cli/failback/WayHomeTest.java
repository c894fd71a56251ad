package io.holdfast.cli.failback;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of docs/failback.md, row by row. */
@DisplayName("What both sites say decides what comes next")
class WayHomeTest {
    private static final String WAIT = "wait";
    private static final String DONE = "done";

    private static Decision next(Scene scene, Goal goal) {
        return WayHome.next(scene.picture(), scene.wishes(), goal);
    }

    /** A refusal's code, a step's kind, or what else it is. */
    private static String kind(Decision decision) {
        return switch (decision) {
            case Decision.Do(Step step) -> step.getClass().getSimpleName();
            case Decision.Await _ -> WAIT;
            case Decision.Refuse(Line _, Refusal code, String _) -> code.name();
            case Decision.Done _ -> DONE;
        };
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void fit(String row, Scene scene, String wanted) {
        assertThat(kind(next(scene, Goal.PROTECTED))).isEqualTo(wanted);
    }

    static Stream<Arguments> fit() {
        return Stream.of(
                row("no committed failover", new Scene(), s -> s.failedOver = false, "NOTHING_AWAY"),
                row("several runs at home hold groups", new Scene().home(), s -> s.runsHome = 2, "RUNS_DO_NOT_FIT"),
                row(
                        "another VM in the group at home",
                        new Scene().prepared(),
                        s -> s.vmsHome = Set.of("vm-1", "x"),
                        "GROUPS_DO_NOT_FIT"),
                row("two groups at home", new Scene().prepared(), s -> s.groupsHome = 2, "GROUPS_DO_NOT_FIT"),
                row(
                        "other volumes at home",
                        new Scene().prepared(),
                        s -> s.attachedHome =
                                Optional.of(new Picture.Attachment("ATTACHED", "TAP", "", List.of(), Optional.empty())),
                        "VOLUMES_DO_NOT_FIT"),
                row("away failing over", new Scene(), s -> s.groupAway = "FAILING_OVER", "AWAY_GROUP_STATE"),
                row("away by another run", new Scene(), s -> s.heldAwayBy = Scene.EARLIER, "AWAY_GROUP_STATE"),
                row("away a draft", new Scene(), s -> s.groupAway = "DRAFT", "AWAY_GROUP_STATE"),
                row("away removed", new Scene(), s -> s.groupAway = "REMOVED", "AWAY_GROUP_STATE"),
                row("away the source owns it", new Scene(), s -> s.ownedAway = false, "OWNERS_DO_NOT_FIT"),
                row("at home the source owns it", new Scene().home(), s -> s.ownedHome = false, "OWNERS_DO_NOT_FIT"),
                row("given back, home does not run it", new Scene(), s -> s.groupAway = "PROTECTED", "NOTHING_AWAY"),
                row(
                        "home held it before the run away",
                        new Scene().home(),
                        s -> s.attachedHome = Optional.of(Scene.tapOf(Scene.EARLIER)),
                        "HOME_HELD_EARLIER"),
                row(
                        "attached by hand before the move",
                        new Scene().home(),
                        s -> s.attachedHome = Optional.of(Scene.attached("MISSING", "TAP", "/recovered/db")),
                        "BEGUN_BY_HAND"),
                row(
                        "not attached, and moved",
                        new Scene().home(),
                        s -> s.attachedHome = Optional.empty(),
                        "BEGUN_BY_HAND"),
                row(
                        "home by an UNPLANNED run",
                        new Scene().home(),
                        s -> s.modeHome = "UNPLANNED",
                        "HOME_RUN_NOT_MOVED"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void homeProtects(String row, Scene scene, String wanted) {
        assertThat(kind(next(scene, Goal.PREPARED))).isEqualTo(wanted);
    }

    static Stream<Arguments> homeProtects() {
        return Stream.of(
                row("not attached", new Scene(), s -> {}, "AttachAtHome"),
                row("no machine away", new Scene(), s -> s.machineAway = false, "MACHINE_NOT_RUNNING"),
                row("released away", new Scene(), s -> s.runAway = "RELEASED", "MACHINE_NOT_RUNNING"),
                row("releasing away", new Scene(), s -> s.runAway = "RELEASING", "MACHINE_NOT_RUNNING"),
                row("no word how to capture it", new Scene(), s -> s.captureAway = false, WAIT),
                row("no link", new Scene(), s -> s.homeLink = Optional.empty(), "LINK_UNKNOWN"),
                row("no specification", new Scene(), s -> s.attachedAway = Optional.empty(), "MACHINE_UNKNOWN"),
                attachedAs("REQUESTED", WAIT),
                attachedAs("DETACHING", WAIT),
                attachedAs("MISSING", WAIT),
                attachedAs("REJECTED", "ATTACH_REJECTED"),
                row(
                        "attached inline",
                        new Scene(),
                        s -> s.attachedHome = Optional.of(Scene.attached("ATTACHED", "INLINE", "/dev/sda")),
                        "ATTACHED_OTHERWISE"),
                row(
                        "attached from another run",
                        new Scene(),
                        s -> s.attachedHome = Optional.of(Scene.tapOf(Scene.EARLIER)),
                        "ATTACHED_OTHERWISE"),
                row(
                        "attached by hand",
                        new Scene(),
                        s -> s.attachedHome = Optional.of(Scene.attached("ATTACHED", "TAP", "/recovered/db")),
                        "MakeGroup"),
                group("", s -> {}, "MakeGroup"),
                group("DRAFT", s -> {}, "StartPaused"),
                group("PAUSED", s -> {}, "SEED_MISSING"),
                group("PAUSED", s -> s.seed("volume-1"), "ImportDisk"),
                group("PAUSED", s -> s.seed("db/root"), "ImportDisk"),
                group("PAUSED", s -> s.seed("volume-1").kept = Set.of("volume-1"), "Resume"),
                group("PAUSED", Scene::withoutSeeds, "Resume"),
                group("PAUSED", s -> s.history = true, "GROUP_PAUSED"),
                group("INITIAL_SYNC", s -> {}, WAIT),
                group("RESYNC", s -> {}, WAIT),
                group("PROTECTED", s -> {}, DONE));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void moves(String row, Scene scene, String wanted) {
        assertThat(kind(next(scene, Goal.HOME))).isEqualTo(wanted);
    }

    static Stream<Arguments> moves() {
        return Stream.of(
                row("prepared", new Scene().prepared(), s -> {}, "Move"),
                row("no plan", new Scene().prepared(), s -> s.planHome = Optional.empty(), "HOME_PLAN_MISSING"),
                row(
                        "no plan, and a file",
                        new Scene().prepared(),
                        s -> s.homePlanFile().planHome = Optional.empty(),
                        "MakePlan"),
                row(
                        "a plan of more groups",
                        new Scene().prepared(),
                        s -> s.planHome = Optional.of(Set.of("group-home", "other")),
                        "HOME_PLAN_DOES_NOT_FIT"),
                running("PENDING", WAIT),
                running("RUNNING", WAIT),
                running("READY", WAIT),
                running("COMMITTING", WAIT),
                running("CLEANING_UP", WAIT),
                running("HALTED", "HOME_RUN_HALTED"),
                row(
                        "a PLANNED run that is READY",
                        new Scene().home(),
                        s -> {
                            s.groupHome = Optional.of("FAILING_OVER");
                            s.modeHome = "PLANNED";
                            s.runHome = Optional.of("READY");
                        },
                        "HOME_RUN_READY"),
                row("home", new Scene().home(), s -> {}, DONE),
                row("home, not everything recovered", new Scene().home(), s -> s.recovered = false, "HOME_NOT_RUNNING"),
                row("home, no machine", new Scene().home(), s -> s.machineHome = false, "HOME_NOT_RUNNING"),
                row(
                        "home, released there",
                        new Scene().home(),
                        s -> s.runHome = Optional.of("RELEASED"),
                        "HOME_NOT_RUNNING"),
                row(
                        "home, held by another run than it is under",
                        new Scene().home(),
                        s -> s.heldHomeBy = Scene.EARLIER,
                        "HOME_NOT_RUNNING"),
                row(
                        "a failed run that still holds",
                        new Scene().home(),
                        s -> {
                            s.groupHome = Optional.of("FAILING_OVER");
                            s.runHome = Optional.of("FAILED");
                        },
                        "HOME_NOT_RUNNING"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void awayLetsGo(String row, Scene scene, String wanted) {
        assertThat(kind(next(scene, Goal.PROTECTED))).isEqualTo(wanted);
    }

    static Stream<Arguments> awayLetsGo() {
        return Stream.of(
                row("home", new Scene().home(), s -> {}, "Release"),
                row("releasing", new Scene().home(), s -> s.runAway = "RELEASING", WAIT),
                row("released", new Scene().home(), s -> s.runAway = "RELEASED", "DetachAway"),
                row(
                        "detaching",
                        new Scene().home(),
                        s -> {
                            s.runAway = "RELEASED";
                            s.attachedAway = Optional.of(Scene.attached("DETACHING", "INLINE", "/dev/sda"));
                        },
                        WAIT),
                row(
                        "attached from home by another call",
                        new Scene().home(),
                        s -> {
                            s.runAway = "RELEASED";
                            s.attachedAway = Optional.of(Scene.tapOf(Scene.H));
                        },
                        WAIT),
                row(
                        "detached",
                        new Scene().home(),
                        s -> {
                            s.runAway = "RELEASED";
                            s.attachedAway = Optional.empty();
                        },
                        "Return"),
                row("returned", new Scene().returned(), s -> {}, "AttachAway"),
                row("no word how to capture it", new Scene().returned(), s -> s.captureHome = false, WAIT),
                row("no link", new Scene().returned(), s -> s.awayLink = Optional.empty(), "LINK_UNKNOWN"),
                attachedAwayFrom(Scene.tapOf(Scene.H), "RESYNC", WAIT),
                attachedAwayFrom(Scene.tapOf(Scene.H), "PAUSED", "GROUP_PAUSED"),
                attachedAwayFrom(Scene.tapOf(Scene.H), "PROTECTED", DONE),
                attachedAwayFrom(Scene.attached("ATTACHED", "TAP", "/by/hand"), "PROTECTED", DONE),
                attachedAwayFrom(Scene.attached("ATTACHED", "INLINE", "/dev/sda"), "PROTECTED", "ATTACHED_OTHERWISE"),
                attachedAwayFrom(Scene.attached("REQUESTED", "TAP", "/by/hand"), "RESYNC", WAIT));
    }

    @ParameterizedTest
    @EnumSource(
            value = Line.class,
            names = {"RELEASE", "RETURN", "FOLLOW_AWAY"})
    void nothing_is_let_go_of_while_home_does_not_run_it(Line line) {
        for (String run : Set.of(
                "PENDING",
                "RUNNING",
                "READY",
                "HALTED",
                "COMMITTING",
                "CLEANING_UP",
                "FAILED",
                "ROLLED_BACK",
                "RELEASED")) {
            for (String group : Set.of("FAILING_OVER", "FAILED_OVER", "PROTECTED", "RESYNC")) {
                Scene scene = new Scene().home();
                scene.runHome = Optional.of(run);
                scene.groupHome = Optional.of(group);
                Decision next = next(scene, Goal.PROTECTED);
                boolean letsGo = next instanceof Decision.Do(Step step) && step.line() == line;
                assertThat(letsGo)
                        .as("%s, home run %s, group %s", next, run, group)
                        .isFalse();
            }
        }
    }

    @Test
    void a_step_of_one_group_is_done_while_another_waits_and_a_refusal_holds_all_up() {
        Decision step = next(new Scene(), Goal.PREPARED);
        Decision wait = new Decision.Await(Line.FOLLOW_AT_HOME, "one");
        Decision refusal = new Decision.Refuse(Line.SEED, Refusal.SEED_MISSING, "");

        assertThat(Decision.of(List.of(wait, step, Decision.DONE))).isEqualTo(step);
        assertThat(Decision.of(List.of(wait, step, refusal))).isEqualTo(refusal);
        assertThat(Decision.of(List.of(wait, Decision.DONE, new Decision.Await(Line.SEED, "two"))))
                .isEqualTo(new Decision.Await(Line.SEED, "one; two"));
        assertThat(Decision.of(List.of(Decision.DONE))).isEqualTo(Decision.DONE);
    }

    private static Arguments row(String name, Scene scene, Consumer<Scene> change, String wanted) {
        change.accept(scene);
        return Arguments.of(name, scene, wanted);
    }

    private static Arguments attachedAs(String state, String wanted) {
        return row(
                state,
                new Scene(),
                s -> s.attachedHome =
                        Optional.of(Scene.attached(state, "TAP", Picture.Attachment.noted(Scene.W, "volume-1"))),
                wanted);
    }

    private static Arguments group(String state, Consumer<Scene> change, String wanted) {
        Scene scene = new Scene();
        scene.attachedHome = Optional.of(Scene.tapOf(Scene.W));
        scene.groupHome = Optional.of(state).filter(text -> !text.isEmpty());
        return row("attached, group " + state, scene, change, wanted);
    }

    private static Arguments running(String state, String wanted) {
        return row("MOVE " + state, new Scene().prepared(), s -> s.runHome = Optional.of(state), wanted);
    }

    private static Arguments attachedAwayFrom(Picture.Attachment attachment, String group, String wanted) {
        return row(
                "away %s, %s %s".formatted(group, attachment.state(), attachment.capture()),
                new Scene().returned(),
                s -> {
                    s.attachedAway = Optional.of(attachment);
                    s.groupAway = group;
                },
                wanted);
    }
}
