package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.e2e.client.OpenPage;
import io.holdfast.e2e.client.ProtectedMachine;
import io.holdfast.e2e.client.SiteClient;
import io.holdfast.e2e.story.RecordsVm;
import io.holdfast.localsite.LocalSite;
import io.holdfast.localsite.part.Part;
import io.holdfast.testkit.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * One of two whole sites that are paired: what its operator sees of the other one, and what can happen to it.
 *
 * @param disks folder that its agent may serve disks from
 */
record PairedSite(String name, LocalSite site, SiteClient client, OperatorCommand command, Path disks) {
    /** As {@code holdfast.pairing.stale-after} is by default. */
    static final Duration STALE_AFTER = Duration.ofSeconds(10);

    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /** A call that was on its way when the other end died may be worked off a little later. */
    private static final Duration LAST_CALL = Duration.ofSeconds(5);

    private static final List<Part> SERVICES = List.of(Part.INVENTORY, Part.PROTECTION_GROUP, Part.RECOVERY_PLAN);

    String id() {
        return site.identity().site().toString();
    }

    /** SIGKILL of the three services and their database. Gives an instant behind it. */
    Instant killControlPlane() {
        System.out.println("SIGKILL of the control plane of site " + name);
        SERVICES.forEach(site::kill);
        site.kill(Part.POSTGRES);
        return Instant.now();
    }

    void startControlPlane() {
        site.start(Part.POSTGRES);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            SERVICES.stream()
                    .map(part -> CompletableFuture.runAsync(() -> site.start(part), threads))
                    .toList()
                    .forEach(CompletableFuture::join);
        }
        System.out.println("started the control plane of site " + name);
    }

    private String pathOf(PairedSite other) {
        return "/api/v1/sites/peers/" + other.id();
    }

    JsonNode peer(PairedSite other) {
        return client.get(pathOf(other));
    }

    JsonNode awaitState(PairedSite other, String state) {
        return client.await(
                "site %s shows the pairing with %s as %s".formatted(name, other.name, state),
                PATIENCE,
                pathOf(other),
                peer -> peer.path("state").asText().equals(state));
    }

    JsonNode awaitCurrent(PairedSite other) {
        return client.await(
                "site %s hears site %s".formatted(name, other.name), PATIENCE, pathOf(other), peer -> reach(peer)
                        .equals("CURRENT"));
    }

    /**
     * Until the other site, which is gone since then, is shown as stale. That this is in time follows from two things that hold at every look: when it was heard last, and that an age
     * above the limit and {@code STALE} come together.
     */
    JsonNode awaitStale(PairedSite other, Instant gone) {
        JsonNode stale = client.await(
                "site %s says that site %s is silent".formatted(name, other.name), PATIENCE, pathOf(other), peer -> {
                    boolean old = age(peer).compareTo(STALE_AFTER) > 0;
                    assertThat(reach(peer)).as(peer.toString()).isEqualTo(old ? "STALE" : "CURRENT");
                    return old;
                });
        assertThat(Instant.parse(stale.at("/status/lastContactAt").asText()))
                .as("when it was heard last: %s", stale)
                .isBefore(gone.plus(LAST_CALL));
        return stale;
    }

    static Duration age(JsonNode peer) {
        return Duration.parse(peer.at("/status/age").asText());
    }

    static String reach(JsonNode peer) {
        return peer.at("/status/reach").asText();
    }

    /** The other site's group with an RPO, once it is shown as protected. */
    JsonNode awaitGroup(PairedSite other, ProtectedMachine group) {
        return mirrored(
                "the group of site %s, protected, with an RPO".formatted(other.name),
                pathOf(other) + "/groups",
                group.pgId(),
                one -> one.path("lifecycle").asText().equals("PROTECTED") && one.hasNonNull("rpo"));
    }

    JsonNode group(PairedSite other, ProtectedMachine group) {
        return mirrored("the group", pathOf(other) + "/groups", group.pgId(), _ -> true);
    }

    /** The other site's VM, once its ownership has changed hands so often. */
    JsonNode awaitVm(PairedSite other, ProtectedMachine group, long epoch) {
        return mirrored(
                "a VM of site %s at ownership epoch %d".formatted(other.name, epoch),
                pathOf(other) + "/vms",
                group.vmId(),
                one -> one.path("ownershipEpoch").asLong() == epoch);
    }

    private JsonNode mirrored(String what, String list, String id, Predicate<JsonNode> wanted) {
        JsonNode page = client.await(
                "site %s shows %s".formatted(name, what),
                PATIENCE,
                list + "?limit=1000",
                answer -> wanted.test(one(answer, id)));
        return one(page, id);
    }

    private static JsonNode one(JsonNode page, String id) {
        return page.path("items")
                .valueStream()
                .filter(item -> item.path("id").asText().equals(id))
                .findFirst()
                .orElse(MissingNode.getInstance());
    }

    /** What the alert looks at. */
    void awaitSilenceMeasured(PairedSite other) {
        Eventually.await(
                "site %s measures that site %s is silent".formatted(name, other.name),
                PATIENCE,
                () -> OpenPage.read(site.address().resolve("/metrics/inventory"))
                                .sum("holdfast_peer_contact_age_seconds", "site=\"" + other.id() + "\"")
                        > STALE_AFTER.toSeconds());
    }

    /** A plan that recovers this group's disks at its newest checkpoint. Gives its path. */
    String plan(ProtectedMachine group) {
        ObjectNode plan = SiteClient.object().put("name", "alone-" + group.pgId());
        ObjectNode all = plan.putArray("groups").addObject().put("name", "all").put("bootDelay", "PT0S");
        all.putArray("pgIds").add(group.pgId());
        all.putObject("readiness").put("type", "NBD_EXPORT").put("timeout", "PT2M");
        return "/api/v1/plans/" + client.post("/api/v1/plans", plan).path("id").asText();
    }

    /** Orders a run and waits until what it recovers answers. Gives the run's path. */
    String recover(String plan, String mode) {
        String run = RecordsVm.order(client, plan, mode);
        JsonNode ready = RecordsVm.awaitState(client, run, "READY");
        assertThat(ready.path("recovered").asBoolean()).as(ready.toString()).isTrue();
        return run;
    }

    void end(String run, String how, String state) {
        client.post(run + "/" + how);
        RecordsVm.awaitState(client, run, state);
    }
}
