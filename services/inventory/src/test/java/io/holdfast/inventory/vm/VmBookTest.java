package io.holdfast.inventory.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.inventory.InMemory;
import io.holdfast.inventory.host.Host;
import io.holdfast.inventory.host.HostBook;
import io.holdfast.inventory.host.HostReport;
import io.holdfast.inventory.host.Hosting;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VmBookTest {
    private final InMemory inventory = new InMemory();
    private final VmBook book = inventory.vmBook;
    private Host host;

    @BeforeEach
    void aHost() {
        host = newHost();
        inventory.tellings();
    }

    private Host newHost() {
        var report = new HostReport(HostId.random(), "kvm", Optional.empty(), 0, 0, "", "10.0.0.1:10809", Hosting.NONE);
        return ((HostBook.Reported.Current) inventory.hostBook.reported(AgentId.random(), report, inventory.now))
                .host();
    }

    private Vm request(String name, String backing) {
        return book.request(wanted(host.id(), name, List.of(new VmBook.WantedVolume("root", backing))));
    }

    private static VmBook.WantedVm wanted(HostId host, String name, List<VmBook.WantedVolume> volumes) {
        return new VmBook.WantedVm(Optional.empty(), host, name, volumes, WantedCapture.INLINE, Optional.empty());
    }

    private VmBook.WantedVm known(VmId vm, VolumeId volume, String backing) {
        return new VmBook.WantedVm(
                Optional.of(vm),
                host.id(),
                "home",
                List.of(new VmBook.WantedVolume(Optional.of(volume), "root", backing, "raw", "", "virtio", "")),
                WantedCapture.INLINE,
                Optional.empty());
    }

    @Test
    void aVmKeepsTheIdsThatItHasAtAnotherSite() {
        VmId id = VmId.random();
        VolumeId volume = VolumeId.random();

        Vm vm = book.request(known(id, volume, "/disks/home.raw"));

        assertThat(vm.id()).isEqualTo(id);
        assertThat(vm.volumes()).extracting(Volume::id).containsExactly(volume);
    }

    @Test
    void anIdThatTheInventoryKnowsIsRefusedUntilItsVmIsDetached() {
        Vm there = request("there", "/disks/there.raw");
        VolumeId volume = there.volumes().getFirst().id();

        refused(VmError.ID_IN_USE, () -> book.request(known(there.id(), VolumeId.random(), "/disks/b.raw")));
        refused(VmError.ID_IN_USE, () -> book.request(known(VmId.random(), volume, "/disks/b.raw")));
        assertThat(book.get(there.id())).isEqualTo(there);
    }

    private Vm now(Vm vm) {
        return book.get(vm.id());
    }

    private Instant second(int second) {
        return Instant.parse("2026-01-01T00:00:00Z").plusSeconds(second);
    }

    private static Vm.Report report(Vm vm, Volume... volumes) {
        return new Vm.Report(vm.id(), vm.name(), "native-1", List.of(volumes), Optional.empty());
    }

    private static Volume disk(VolumeId id, String serial) {
        return new Volume(
                id, "root", serial, 1 << 20, "/disks/a.raw", "vm/root", CaptureMode.INLINE, "", Verdict.PROTECTABLE);
    }

    private Vm attached(String name, String backing) {
        Vm vm = request(name, backing);
        book.reported(host, List.of(report(vm, disk(vm.volumes().getFirst().id(), "S1"))), second(1));
        inventory.tellings();
        return now(vm);
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(HoldfastException.class, error -> assertThat(error.code())
                .isEqualTo(code));
    }

    @Test
    void a_request_orders_the_agent_and_is_told_to_others_only_when_it_is_served() {
        Vm vm = request("db", "/disks/a.raw");
        assertThat(vm.attachment()).isInstanceOf(Attachment.Requested.class);
        assertThat(vm.volumes().getFirst().verdict()).isEqualTo(Verdict.NOT_REPORTED_YET);
        assertThat(inventory.tellings()).containsExactly("attach db within PT2M");

        book.answered(inventory.lastCommand, Optional.empty(), second(1));
        assertThat(now(vm).attachment())
                .as("where its disks are is not known yet")
                .isInstanceOf(Attachment.Requested.class);
        book.reported(host, List.of(report(vm, disk(vm.volumes().getFirst().id(), "S1"))), second(2));
        assertThat(now(vm).attachment()).isEqualTo(new Attachment.Attached(second(2), Optional.empty()));
        assertThat(now(vm).volumes().getFirst().verdict()).isEqualTo(Verdict.PROTECTABLE);
        assertThat(inventory.tellings()).containsExactly("vm db #1");
    }

    @Test
    void the_report_that_comes_before_the_answer_attaches_and_the_answer_then_changes_nothing() {
        Vm vm = request("db", "/disks/a.raw");
        CommandId command = inventory.lastCommand;
        book.reported(host, List.of(report(vm, disk(vm.volumes().getFirst().id(), "S1"))), second(1));
        inventory.tellings();
        book.answered(command, Optional.empty(), second(2));
        book.answered(command, Optional.of(new Attachment.Failure("LATE", "late")), second(3));
        assertThat(now(vm).attachment()).isEqualTo(new Attachment.Attached(second(1), Optional.empty()));
        assertThat(inventory.tellings()).isEmpty();
    }

    @Test
    void a_refusal_keeps_its_code_and_what_the_agent_reports_later_outranks_it() {
        Vm vm = request("db", "/disks/a.raw");
        var failure = new Attachment.Failure("BACKING_MISSING", "there is no /disks/a.raw");
        book.answered(inventory.lastCommand, Optional.of(failure), second(1));
        assertThat(now(vm).attachment()).isEqualTo(new Attachment.Rejected(second(1), failure));
        book.reported(host, List.of(report(vm)), second(2));
        assertThat(now(vm).attachment()).isInstanceOf(Attachment.Attached.class);
    }

    @Test
    void a_request_that_nobody_answers_ends_as_expired_after_a_grace() {
        Vm vm = request("db", "/disks/a.raw");
        inventory.now = second(120 + 29);
        book.giveUpOverdue();
        assertThat(now(vm).attachment()).isInstanceOf(Attachment.Requested.class);
        inventory.now = second(120 + 31);
        book.giveUpOverdue();
        assertThat(now(vm).attachment()).isInstanceOfSatisfying(Attachment.Rejected.class, rejected -> assertThat(
                        rejected.failure().code())
                .isEqualTo("COMMAND_EXPIRED"));
    }

    @Test
    void a_vm_that_the_report_has_no_more_is_missing_with_all_its_volumes_and_comes_back() {
        Vm vm = attached("db", "/disks/a.raw");
        book.reported(host, List.of(), second(2));
        assertThat(now(vm).attachment()).isEqualTo(new Attachment.Missing(second(2)));
        assertThat(now(vm).volumes())
                .allSatisfy(volume -> assertThat(volume.verdict()).isEqualTo(Verdict.VM_MISSING));
        book.reported(host, List.of(), second(3));
        assertThat(inventory.tellings()).as("told once").hasSize(1);
        book.reported(host, List.of(report(vm, disk(vm.volumes().getFirst().id(), "S1"))), second(4));
        assertThat(now(vm).attachment()).isEqualTo(new Attachment.Attached(second(4), Optional.empty()));
        assertThat(now(vm).volumes().getFirst().verdict()).isEqualTo(Verdict.PROTECTABLE);
    }

    @Test
    void a_report_made_before_the_answer_does_not_make_the_vm_missing() {
        Vm vm = request("db", "/disks/a.raw");
        book.reported(host, List.of(), second(1));
        assertThat(now(vm).attachment()).isInstanceOf(Attachment.Requested.class);
        book.answered(inventory.lastCommand, Optional.empty(), second(2));
        assertThat(now(vm).attachment()).isInstanceOf(Attachment.Requested.class);
        book.reported(host, List.of(report(vm, disk(vm.volumes().getFirst().id(), "S1"))), second(5));
        book.reported(host, List.of(), second(4));
        assertThat(now(vm).attachment()).isEqualTo(new Attachment.Attached(second(5), Optional.empty()));
    }

    @Test
    void the_same_report_twice_tells_nothing_new() {
        Vm vm = attached("db", "/disks/a.raw");
        book.reported(host, List.of(report(vm, disk(vm.volumes().getFirst().id(), "S1"))), second(1));
        book.reported(host, List.of(report(vm, disk(vm.volumes().getFirst().id(), "S1"))), second(9));
        assertThat(inventory.tellings()).isEmpty();
    }

    @Test
    void names_and_native_ids_change_and_the_vm_stays_the_same() {
        Vm vm = attached("db", "/disks/a.raw");
        var renamed = new Vm.Report(vm.id(), "db-renamed", "native-2", vm.volumes(), Optional.empty());
        book.reported(host, List.of(renamed), second(2));
        assertThat(inventory.vms).hasSize(1);
        assertThat(now(vm).name()).isEqualTo("db-renamed");
        assertThat(now(vm).nativeId()).isEqualTo("native-2");
    }

    @Test
    void a_volume_keeps_its_id_by_its_serial_when_the_agents_id_for_it_changes() {
        Vm vm = attached("db", "/disks/a.raw");
        book.reported(host, List.of(report(vm, disk(VolumeId.random(), "S1"))), second(2));
        assertThat(now(vm).volumes())
                .extracting(Volume::id)
                .containsExactly(vm.volumes().getFirst().id());
    }

    @Test
    void a_disk_that_is_added_appears_and_one_that_is_taken_away_stays_and_says_so() {
        Vm vm = attached("db", "/disks/a.raw");
        Volume first = vm.volumes().getFirst();
        Volume added = disk(VolumeId.random(), "S2");
        book.reported(host, List.of(report(vm, first, added)), second(2));
        assertThat(now(vm).volumes()).containsExactly(first, added);
        book.reported(host, List.of(report(vm, added)), second(3));
        assertThat(now(vm).volumes()).containsExactly(first.with(Verdict.VOLUME_MISSING), added);
    }

    @Test
    void a_disk_that_cannot_be_protected_says_why_and_the_others_are_not_touched() {
        Vm vm = attached("db", "/disks/a.raw");
        Volume good = vm.volumes().getFirst();
        Volume bad = disk(VolumeId.random(), "S2")
                .with(new Verdict.NotProtectable("SIZE_NOT_ALIGNED", "1000 bytes are no multiple of 4096"));
        book.reported(host, List.of(report(vm, good, bad)), second(2));
        assertThat(now(vm).volumes()).containsExactly(good, bad);
    }

    @Test
    void a_vm_that_nobody_asked_for_is_taken_as_it_is_served() {
        var found = new Vm.Report(VmId.random(), "found", "n", List.of(disk(VolumeId.random(), "S")), Optional.empty());
        book.reported(host, List.of(found), second(1));
        assertThat(book.get(found.id()).attachment()).isInstanceOf(Attachment.Attached.class);
        assertThat(inventory.tellings()).containsExactly("vm found #1");
    }

    @Test
    void a_vm_that_moves_to_another_host_is_not_missing_on_the_old_one() {
        Vm vm = attached("db", "/disks/a.raw");
        Host other = newHost();
        book.reported(other, List.of(report(vm, disk(vm.volumes().getFirst().id(), "S1"))), second(2));
        book.reported(host, List.of(), second(3));
        assertThat(now(vm).host()).isEqualTo(other.id());
        assertThat(now(vm).attachment()).isInstanceOf(Attachment.Attached.class);
    }

    @Test
    void an_offer_takes_no_vm_that_somebody_has_and_takes_it_when_it_is_free() {
        Vm vm = attached("db", "/disks/a.raw");
        Host relay = newHost();
        Volume disk = vm.volumes().getFirst();
        book.offered(relay, List.of(report(vm, disk)), second(2));
        assertThat(now(vm).host()).isEqualTo(host.id());

        book.reported(host, List.of(), second(3));
        book.offered(relay, List.of(report(vm, disk)), second(4));
        assertThat(now(vm).host()).isEqualTo(relay.id());
        assertThat(now(vm).attachment()).isInstanceOf(Attachment.Attached.class);
        assertThat(now(vm).volumes()).extracting(Volume::id).containsExactly(disk.id());
    }

    @Test
    void an_offered_vm_is_taken_from_a_relay_that_let_it_go_by_another() {
        Host first = newHost();
        Host second = newHost();
        var offer = new Vm.Report(VmId.random(), "db", "n", List.of(disk(VolumeId.random(), "S")), Optional.empty());
        book.offered(first, List.of(offer), second(1));
        book.offered(second, List.of(offer), second(2));
        assertThat(book.get(offer.id()).host()).isEqualTo(first.id());
        book.offered(first, List.of(), second(3));
        assertThat(book.get(offer.id()).attachment()).isInstanceOf(Attachment.Missing.class);
        book.offered(second, List.of(offer), second(4));
        assertThat(book.get(offer.id()).host()).isEqualTo(second.id());
    }

    @Test
    void a_vm_that_was_ordered_elsewhere_is_not_taken_by_an_offer_meanwhile() {
        Vm vm = request("db", "/disks/a.raw");
        book.offered(newHost(), List.of(report(vm, vm.volumes().getFirst())), second(2));
        assertThat(now(vm).attachment()).isInstanceOf(Attachment.Requested.class);
        assertThat(now(vm).host()).isEqualTo(host.id());
    }

    @Test
    void a_vm_whose_agent_is_gone_for_good_is_removed_unless_the_agent_is_connected() {
        Vm vm = attached("db", "/disks/a.raw");
        AgentId agent = host.agent().orElseThrow();
        inventory.hostBook.opened(
                agent, new HostBook.Opened(SiteId.random(), host.id(), "instance", "router", "1"), second(2));
        refused(VmError.AGENT_CONNECTED, () -> book.abandon(vm.id()));
        inventory.hostBook.closed(agent, "instance", "router", "CONNECTION_LOST", second(3));
        inventory.tellings();
        book.abandon(vm.id());
        assertThat(inventory.vms).isEmpty();
        assertThat(inventory.tellings()).containsExactly("vm gone");
    }

    @Test
    void a_report_that_contradicts_itself_or_takes_a_volume_from_another_vm_is_refused_whole() {
        Vm vm = attached("db", "/disks/a.raw");
        VolumeId owned = vm.volumes().getFirst().id();
        refused(VmError.REPORT_CONTRADICTS, () -> book.reported(host, List.of(report(vm), report(vm)), second(2)));
        var thief = new Vm.Report(VmId.random(), "thief", "n", List.of(disk(owned, "S1")), Optional.empty());
        refused(VmError.REPORT_CONTRADICTS, () -> book.reported(host, List.of(report(vm), thief), second(2)));
    }

    @Test
    void a_detached_vm_goes_when_the_agent_says_so_and_a_tombstone_follows() {
        Vm vm = attached("db", "/disks/a.raw");
        assertThat(book.detach(vm.id())).isPresent();
        book.detach(vm.id());
        assertThat(inventory.tellings()).containsExactly("vm db #2", "detach");
        book.answered(inventory.lastCommand, Optional.empty(), second(3));
        assertThat(inventory.vms).isEmpty();
        assertThat(inventory.tellings()).containsExactly("vm gone");
        refused(VmError.VM_NOT_FOUND, () -> book.get(vm.id()));
    }

    @Test
    void a_detach_that_fails_leaves_the_vm_attached_with_the_reason() {
        Vm vm = attached("db", "/disks/a.raw");
        book.detach(vm.id());
        var failure = new Attachment.Failure("COMMAND_EXPIRED", "the agent was away");
        book.answered(inventory.lastCommand, Optional.of(failure), second(3));
        assertThat(now(vm).attachment()).isEqualTo(new Attachment.Attached(second(3), Optional.of(failure)));
    }

    @Test
    void a_report_without_the_vm_completes_its_detach() {
        Vm vm = attached("db", "/disks/a.raw");
        inventory.now = second(2);
        book.detach(vm.id());
        book.reported(host, List.of(), second(3));
        assertThat(inventory.vms).isEmpty();
    }

    @Test
    void what_no_agent_serves_is_removed_at_once_and_a_rejected_one_was_never_told() {
        Vm vm = request("db", "/disks/a.raw");
        book.answered(inventory.lastCommand, Optional.of(new Attachment.Failure("X", "x")), second(1));
        inventory.tellings();
        assertThat(book.detach(vm.id())).isEmpty();
        assertThat(inventory.vms).isEmpty();
        assertThat(inventory.tellings()).isEmpty();
    }

    @Test
    void a_backing_serves_one_vm_only_unless_the_other_was_rejected() {
        Vm first = request("a", "/disks/a.raw");
        refused(VmError.BACKING_IN_USE, () -> request("b", "/disks/a.raw"));
        book.answered(inventory.lastCommand, Optional.of(new Attachment.Failure("X", "x")), second(1));
        assertThat(now(first).attachment()).isInstanceOf(Attachment.Rejected.class);
        request("b", "/disks/a.raw");
    }

    @Test
    void an_unknown_host_and_the_limit_of_vms_are_refused() {
        refused(VmError.UNKNOWN_HOST, () -> book.request(wanted(HostId.random(), "x", List.of())));
        request("a", "/disks/1");
        request("b", "/disks/2");
        request("c", "/disks/3");
        refused(VmError.TOO_MANY_VMS, () -> request("d", "/disks/4"));
    }

    @Test
    void an_answer_to_somebody_elses_command_is_none_of_ours() {
        attached("db", "/disks/a.raw");
        book.answered(CommandId.random(), Optional.empty(), second(2));
        assertThat(inventory.tellings()).isEmpty();
    }

    @Test
    void another_agent_of_the_host_is_told_with_each_vm_that_others_know() {
        attached("db", "/disks/a.raw");
        request("new", "/disks/b.raw");
        inventory.tellings();
        book.hostChanged(host);
        assertThat(inventory.tellings()).containsExactly("vm db #2");
    }
}
