package io.holdfast.e2e.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.story.Journey;
import io.holdfast.e2e.story.RecordsVm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The long way on real machines: an application of three VMs is rehearsed, its site is lost, it runs at the other one, is protected in the other direction and goes
 * home. Every VM writes numbered records; none may be missing.
 */
final class HomewardStory {
    private final Journey journey;
    private final Path work;
    private final Screen screen;
    private boolean good = true;

    /** @param work for its reports */
    HomewardStory(Journey journey, Path work, Screen screen) {
        this.journey = journey;
        this.work = work;
        this.screen = screen;
    }

    /** @return whether no record was lost that could have been kept, and every byte went home */
    boolean tell() throws IOException {
        screen.step(
                "An application at site A: a database and two front ends, real guests on two hosts, protected here");
        journey.protect();
        screen.say("%s; each writes numbered records and forces each one", names());

        screen.step("Rehearse while they work: copies boot in a network without a way out");
        String run = journey.rehearse();
        JsonNode rehearsed = journey.awaitReady(run);
        found("rehearsal", rehearsed, Map.of());
        check("Left behind by the rehearsal", journey.finish(run).isEmpty(), "nothing", "NETWORKS");

        screen.step("Site A is lost: SIGKILL of every guest and every agent there");
        Map<RecordsVm, Long> written = journey.written();
        journey.atB().awaitCheckpoint();
        journey.loseSiteA();
        JsonNode ready = journey.comeToB("UNPLANNED");
        found("recovery", ready, written);
        journey.stayAtB();
        row("Site lost", journey.reportOfAway());

        screen.step("The hosts of A come back: they do not own the VMs and do not serve them");
        journey.hostsOfAComeBack();
        journey.awaitFenced();
        screen.say("fenced");

        screen.step(
                "Protect in the other direction: site A starts again, its old disks are seeds, only what differs is sent");
        long equal = journey.protectInReverse();
        screen.row("Of the disks not sent again", "%d MiB of %d", equal >> 20, journey.bytes() >> 20);

        screen.step("Go home: a planned failover");
        Map<RecordsVm, Long> served = journey.workAtB(10);
        JsonNode home = journey.goHome();
        found("at home", home, served);
        boolean same = true;
        for (RecordsVm vm : journey.vms()) {
            Path left = journey.left(vm);
            same &= journey.isEqualAtHome(vm, left) && RecordsVm.recordsOn(left) == vm.found(home);
        }
        check("Disks left here and disks at home", same, "equal, byte by byte", "DIFFERENT");
        journey.stayAtHome();
        row("Way home", journey.reportOfBack());
        check("Records", good, "none lost", "LOST");
        return good;
    }

    private String names() {
        return String.join(", ", journey.vms().stream().map(RecordsVm::name).toList());
    }

    /** Says what each machine found, which is without a gap, and whether it is what it must have. */
    private void found(String when, JsonNode run, Map<RecordsVm, Long> atLeast) {
        List<RecordsVm> vms = journey.vms();
        for (RecordsVm vm : vms) {
            long records = vm.found(run);
            long needed = atLeast.getOrDefault(vm, 0L);
            good &= records >= needed;
            screen.say("%s: %s found %d records, no gap; needed: %d", when, vm.name(), records, needed);
        }
    }

    private void check(String what, boolean holds, String yes, String no) {
        good &= holds;
        screen.row(what, "%s", holds ? yes : no);
    }

    private void row(String what, JsonNode report) {
        String file = what.toLowerCase(Locale.ROOT).replace(' ', '-') + "-report.json";
        try {
            Files.writeString(work.resolve(file), report.toPrettyString());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        screen.say("report: %s", file);
        screen.row(
                what,
                "RPO %s, order to all answering %s%s",
                seconds(report.path("rpo")),
                seconds(report.path("rto")),
                report.path("blackout").isTextual() ? ", nobody answered for " + seconds(report.path("blackout")) : "");
    }

    private static String seconds(JsonNode duration) {
        return "%.1f s".formatted(Duration.parse(duration.asText()).toMillis() / 1000.0);
    }
}
