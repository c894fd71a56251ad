package io.holdfast.e2e.story;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.testkit.Eventually;

/** Step by step, each by a command of its site. */
final class HomewardByHand implements Homeward {
    private final Parts parts;
    private final SiteClient a;
    private final SiteClient b;
    private RecordsApplication.AtSite atA;
    private String back;

    HomewardByHand(Parts parts) {
        this.parts = parts;
        this.a = parts.home().client();
        this.b = parts.siteB().client();
    }

    @Override
    public RecordsApplication.AtSite protect() {
        JsonNode run = withCaptures(b, parts.away());
        atA = parts.application().attach(a, vm -> vm.capture(a, parts.hostOfB().host(), vm.machineOf(run)));
        atA.order("/start?paused=true");
        parts.application().vms().forEach(vm -> parts.home()
                .seed(atA.groupOf(vm), atA.volume(vm).path("id").asText(), vm.disk()));
        atA.order("/resume");
        return atA;
    }

    @Override
    public String move() {
        back = RecordsVm.order(a, atA.plan(), "PLANNED");
        RecordsVm.awaitState(a, back, "READY");
        return back;
    }

    @Override
    public void stay() {
        Journey.commit(a, back);
        b.post(parts.away() + "/release");
        RecordsVm.awaitState(b, parts.away(), "RELEASED");
        for (RecordsVm vm : parts.application().vms()) {
            b.delete("/api/v1/vms/" + vm.id());
            Eventually.await("the VM is detached", RecordsVm.PATIENCE, () -> b.all("/api/v1/vms").stream()
                    .noneMatch(one -> one.path("id").asText().equals(vm.id())));
        }
        parts.atB().groups().forEach(group -> b.post(group.groupPath() + "/failover/return", SiteClient.object()));
        JsonNode run = withCaptures(a, back);
        parts.application().vms().forEach(vm -> vm.capture(b, parts.hostOfA().host(), vm.machineOf(run)));
    }

    /** A run's machines, once their agent has said how each can be captured. */
    private JsonNode withCaptures(SiteClient site, String run) {
        return RecordsVm.awaitRun(
                site, run, "tells how its machines can be captured", answer -> parts.application().vms().stream()
                        .allMatch(vm -> vm.machineOf(answer).path("capture").isObject()));
    }
}
