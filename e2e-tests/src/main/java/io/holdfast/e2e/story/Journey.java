package io.holdfast.e2e.story;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.tools.Command;
import io.holdfast.localsite.LocalSite;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.guest.GuestImage;
import io.holdfast.testkit.guest.GuestParts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The way of an application from site A, where it has two hosts, to site B and home (docs/two-sites.md), step by step. A step waits until it is done and tells
 * what was seen; whether that is right, the caller judges.
 *
 * <p>Site B is given. Site A's hosts are linked agents; its services are only started when the application is to go home.
 */
public final class Journey implements AutoCloseable {
    private static final Duration PATIENCE = RecordsVm.PATIENCE;

    private final SiteB siteB;
    private final SiteClient b;
    private final Path folder;
    private final GuestImage image;
    private final RecordsApplication application;
    private final OriginalGuests originals = new OriginalGuests();
    /** Of others on this host, which are left alone. */
    private final Set<Long> machinesBefore = Set.copyOf(RecordsVm.machineProcesses());

    private final Set<String> networksBefore = RecordsVm.networks();
    private final LinkedAgent firstHost;
    private final LinkedAgent secondHost;
    private RecordsApplication.AtSite atB;
    private String planAtB;
    private String away;
    private HomeSite home;
    private LinkedAgent hostOfB;
    private RecordsApplication.AtSite atA;
    private String back;
    private boolean byCommand;
    private Homeward homeward;

    /**
     * @param distribution the folder of the packaged services, for site A
     * @param disks folder that B's agent may boot kernels from
     */
    public record SiteB(LocalSite site, SiteClient client, Path distribution, Path disks) {}

    /**
     * @param folder empty, for the files of the story
     * @param name of the application, another one for each story of a site
     */
    public Journey(SiteB siteB, Path folder, String name) throws IOException, InterruptedException {
        this.siteB = siteB;
        this.b = siteB.client();
        this.folder = folder;
        image = GuestImage.build(GuestParts.find(), folder, Map.of());
        application = RecordsApplication.create(image, siteB.disks(), name);
        firstHost = new LinkedAgent(siteB.site(), b, folder.resolve("a1-to-b"), capturing());
        secondHost = new LinkedAgent(siteB.site(), b, folder.resolve("a2-to-b"), capturing());
    }

    /** Machines' monitors of both sites' own agents lie in folders for sockets. */
    private Map<String, String> capturing() {
        return Map.of(
                "holdfast.agent.disk-roots",
                siteB.disks().toString(),
                "holdfast.agent.qemu-socket-roots",
                "/run/holdfast,/tmp");
    }

    /** The way home will be that of the command, which is killed now and then and called again; otherwise it is gone step by step. */
    public Journey byCommand() {
        byCommand = true;
        return this;
    }

    /** In the order in which they start. */
    public List<RecordsVm> vms() {
        return application.vms();
    }

    /** Of all disks. */
    public long bytes() {
        return application.bytes();
    }

    public RecordsApplication.AtSite atB() {
        return atB;
    }

    /** Once it is protected in reverse. */
    public RecordsApplication.AtSite atA() {
        return atA;
    }

    /** The application runs at A and is protected at B. */
    public void protect() throws IOException {
        firstHost.start();
        secondHost.start();
        RecordsVm last = vms().getLast();
        // The front ends are on two hosts: their group's checkpoints are cut over both.
        atB = application.attach(
                b,
                vm -> vm.attach(b, vm == last ? secondHost.host() : firstHost.host(), originals.guestAgentSocket(vm)));
        atB.order("/start");
        atB.awaitLifecycle("PROTECTED");
        originals.boot(image, application, atB, folder.resolve("evidence"));
        originals.awaitMore(30);
        planAtB = atB.plan();
    }

    /** Until each VM has written so many records more at A. */
    public void workAtA(int records) {
        originals.awaitMore(records);
    }

    /** By VM, the newest record that it has on stable storage at A. */
    public Map<RecordsVm, Long> written() {
        return originals.written();
    }

    /** Boots copies at B. Gives the run's path. */
    public String rehearse() {
        return RecordsVm.order(b, planAtB, "TEST");
    }

    /** Until every machine of a rehearsal answers. Gives the run. */
    public JsonNode awaitReady(String rehearsal) {
        return RecordsVm.awaitState(b, rehearsal, "READY");
    }

    /** Ends a rehearsal. Gives networks that were not there before and still are. */
    public Set<String> finish(String rehearsal) {
        b.post(rehearsal + "/finish");
        RecordsVm.awaitState(b, rehearsal, "SUCCEEDED");
        return networksOfStory();
    }

    private Set<String> networksOfStory() {
        Set<String> made = new HashSet<>(RecordsVm.networks());
        made.removeAll(networksBefore);
        return made;
    }

    /** SIGKILL of everything at A. */
    public void loseSiteA() {
        originals.kill();
        firstHost.kill();
        secondHost.kill();
    }

    /** Its hosts are there again; their agents do not serve until they have heard who owns the VMs. */
    public void hostsOfAComeBack() throws IOException {
        firstHost.start();
        secondHost.start();
    }

    /** @return the run once all answer at B */
    public JsonNode comeToB(String mode) {
        away = RecordsVm.order(b, planAtB, mode);
        return RecordsVm.awaitState(b, away, "READY");
    }

    public void stayAtB() {
        commit(b, away);
    }

    /** Until the agents of the hosts at A have confirmed that they serve none of the VMs. */
    public void awaitFenced() {
        b.await("the old hosts are fenced", PATIENCE, away, run -> run.path("groups")
                .valueStream()
                .flatMap(group -> group.path("sources").valueStream())
                .allMatch(source -> source.path("fence").asText().equals("CONFIRMED")));
    }

    /**
     * Starts site A's services, and protects there what runs at B, with A's old disks as seeds.
     *
     * @return bytes of the disks that were found equal
     */
    public long protectInReverse() throws IOException {
        home = HomeSite.start(folder.resolve("site-a"), siteB.distribution(), siteB.disks());
        hostOfB = new LinkedAgent(home.site(), home.client(), folder.resolve("b-to-a"), capturing());
        hostOfB.start();
        var parts = new Homeward.Parts(application, atB, siteB, home, away, planAtB, hostOfB, firstHost, folder);
        homeward = byCommand ? new HomewardByCommand(parts) : new HomewardByHand(parts);
        atA = homeward.protect();
        atA.awaitLifecycle("PROTECTED");
        // Metrics are as of up to a second ago.
        Eventually.await(
                "most of the old disks is found equal", PATIENCE, () -> equalBytes() > application.bytes() / 2);
        return equalBytes();
    }

    private long equalBytes() {
        return metricOfReverse("holdfast_sync_equal_bytes");
    }

    /** Of the bytes that were found equal, those that neither site had to read: both knew where the disks may differ (docs/known-differences.md). */
    public long knownEqualBytes() {
        return metricOfReverse("holdfast_sync_known_equal_bytes");
    }

    private long metricOfReverse(String name) {
        return atA.groups().stream()
                .mapToLong(group -> hostOfB.metric(name, group.pgId()))
                .sum();
    }

    /** As a client of the services, in the network of the machines at B, which are the only ones that run. Gives what each had written at the end. */
    public Map<RecordsVm, Long> workAtB(int records) {
        RunNetwork network = RunNetwork.only(networksOfStory());
        Map<RecordsVm, Long> served = new HashMap<>();
        for (RecordsVm vm : vms()) {
            long before = network.records(vm);
            Eventually.await(vm.name() + " writes more at B", PATIENCE, () -> network.records(vm) > before + records);
            served.put(vm, network.records(vm));
        }
        atA.awaitCheckpoint();
        return served;
    }

    /** A planned failover from B to A. Gives the run once all answer at A; by the command it is final then. */
    public JsonNode goHome() throws IOException {
        back = homeward.move();
        return home.client().get(back);
    }

    /** A copy of the disk that was left at B, and that nobody writes any more. */
    public Path left(RecordsVm vm) {
        JsonNode export = b.get(away)
                .path("sessions")
                .valueStream()
                .flatMap(session -> session.path("exports").valueStream())
                .filter(one -> one.path("vmId").asText().equals(vm.id()))
                .findFirst()
                .orElseThrow();
        Path copy = folder.resolve(vm.name() + "-left.raw");
        Command.run(
                PATIENCE,
                "nbdcopy",
                "nbd://%s/%s"
                        .formatted(
                                export.path("nbdAddress").asText(),
                                export.path("nbdExport").asText()),
                copy.toString());
        return copy;
    }

    /** Whether a disk that was left at B equals, byte by byte, the one that the way home began with. */
    public boolean isEqualAtHome(RecordsVm vm, Path left) {
        return home.isLastCheckpointEqual(
                atA.groupOf(vm), atA.volume(vm).path("id").asText(), left);
    }

    /** Whether the disk that the VM had at A when A was lost can still be read at A, byte by byte, with what was never replicated. */
    public boolean isOldDiskKept(RecordsVm vm) {
        return home.isOldDiskKept(atA.groupOf(vm), atA.volume(vm).path("id").asText(), vm.disk());
    }

    /** It stays at A, B lets go of what it ran, and protects it again as before, under the same ids. */
    public void stayAtHome() throws IOException {
        homeward.stay();
        atB.awaitLifecycle("PROTECTED");
        atB.awaitCheckpoint();
    }

    /** The report of the run that brought it to B. */
    public JsonNode reportOfAway() {
        return b.get(away + "/report");
    }

    /** The report of the run that brought it home. */
    public JsonNode reportOfBack() {
        return home.client().get(back + "/report");
    }

    static void commit(SiteClient site, String run) {
        site.post(run + "/commit");
        RecordsVm.awaitState(site, run, "SUCCEEDED");
    }

    /** Ends what the story has started and is still there: machines that were kept, their networks, agents, site A. */
    @Override
    public void close() throws IOException {
        originals.close();
        firstHost.close();
        secondHost.close();
        if (hostOfB != null) {
            hostOfB.close();
        }
        if (home != null) {
            home.close();
        }
        RecordsVm.machineProcesses().stream()
                .filter(process -> !machinesBefore.contains(process))
                .forEach(process -> ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly));
        RecordsVm.networks().stream()
                .filter(name -> !networksBefore.contains(name))
                .forEach(name -> Command.run(PATIENCE, "ip", "netns", "delete", name));
    }
}
