package io.holdfast.journalstore.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.holdfast.changestream.Batches;
import io.holdfast.changestream.OpenedBatch;
import io.holdfast.journalstore.adapter.rocksdb.JournalRelaySource;
import io.holdfast.journalstore.adapter.store.HeadHashes;
import io.holdfast.journalstore.adapter.store.Sessions;
import io.holdfast.journalstore.apply.AppliedStream;
import io.holdfast.journalstore.fixture.StoreFixture;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.proto.v1.Codec;
import io.holdfast.proto.v1.HashReply;
import io.holdfast.proto.v1.HashRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** Everything between the two journals. */
final class RelayWorld implements AutoCloseable {
    static final int BLOCKS = 300;
    private static final long START_MICROS =
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse("2026-01-01T00:00:00Z"));
    static final long LIMIT_BYTES = 1 << 20;
    static final Duration BEHIND = Duration.ofMinutes(5);

    final Random random;
    final boolean faults;
    final TestGroup nearGroup = new TestGroup().history(Duration.ofMinutes(10));
    final TestAgent nearAgent = nearGroup.agent();
    final TestGroup farGroup = new TestGroup().history(Duration.ofDays(2));
    final TestAgent relayAgent = farGroup.agent();
    final Map<VolumeId, byte[]> disks = new LinkedHashMap<>();
    /** What the disks held at each checkpoint of the second site, by when it was cut. */
    final Map<Long, Map<VolumeId, byte[]>> cuts = new HashMap<>();

    final StoreFixture near;
    final StoreFixture far;
    final Map<PgId, Remembered> memory = new HashMap<>();
    final Deque<ChangeBatch> link = new ArrayDeque<>();
    final List<CheckpointId> marked = new ArrayList<>();
    final List<SyncKind> kinds = new ArrayList<>();
    RelayStream relay;
    long micros = START_MICROS;
    long nanos;
    long lastRequest;
    /** What every question is answered with; empty = hashes. */
    String refusal = "";

    boolean inSync;
    HoldfastException lastFailure;

    RelayWorld(Path folder, Random random, boolean faults) throws Exception {
        this.random = random;
        this.faults = faults;
        for (int v = 0; v < 2; v++) {
            VolumeId volume = nearGroup.volume(nearAgent, BLOCKS * 4096L);
            farGroup.volume(relayAgent, volume, BLOCKS * 4096L);
            disks.put(volume, new byte[BLOCKS * 4096]);
        }
        near = new StoreFixture(Files.createDirectory(folder.resolve("near" + random.nextLong())), nearGroup).start();
        far = new StoreFixture(Files.createDirectory(folder.resolve("far" + random.nextLong())), farGroup).start();
        newSession();
        resync();
    }

    Instant now() {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    void randomStep() throws Exception {
        micros += 1 + random.nextInt(2_000_000);
        nanos += 1 + random.nextInt(2_000_000_000);
        switch (random.nextInt(faults ? 29 : 20)) {
            case 0, 1, 2, 3, 4 -> write(1 + random.nextInt(30));
            case 5, 6, 7 -> checkpoint();
            case 8, 9, 10, 11, 12, 13 -> pull();
            case 14, 15, 16 -> deliver();
            case 17, 18 -> cutAtTarget();
            case 19 -> relay.save();
            case 20 -> newSession();
            case 21 -> resync();
            case 22 -> near.ageAll(now());
            case 23 -> {
                relay.close();
                near.crash();
                openRelay();
                behindItself();
            }
            case 24 -> far.crash().catchUp();
            case 25 -> {
                near.journal().reopen();
                behindItself();
            }
            case 26 -> near.journal().flush();
            case 27 -> loseKafka();
            default -> micros += Duration.ofMinutes(random.nextInt(8)).toNanos() / 1000;
        }
    }

    /** The journal has lost what was not flushed, and takes it from Kafka again while the relay goes on. */
    private void behindItself() {
        while (near.catchUp(1 + random.nextInt(40))) {
            if (random.nextInt(3) == 0) {
                cutAtTarget();
            }
            pull();
            if (random.nextBoolean()) {
                deliver();
            }
        }
    }

    /**
     * The journal has lost what was not flushed, and Kafka has lost the same: other changes get their numbers. The agent compares and sends what
     * differs from the replica, so what was lost and overwritten since is never sent.
     */
    private void loseKafka() {
        near.journal().reopen();
        near.journal().kafkaLost(near.log.size());
        // Durable, because the log of this test still has what Kafka would have lost: a crash must not bring it
        // back.
        near.journal().flush();
        nearAgent.newEpoch();
        disks.keySet().forEach(volume -> near.put(nearAgent.batch(TestAgent.syncStarted(volume, ++micros))));
        for (VolumeSlot slot : near.journal().snapshot().manifest().protectedVolumes()) {
            byte[] disk = disks.get(slot.volume());
            byte[] replica = near.readPresent(slot);
            for (int block = 0; block < BLOCKS; block++) {
                int from = block * 4096;
                if (!Arrays.equals(disk, from, from + 4096, replica, from, from + 4096)) {
                    byte[] differs = Arrays.copyOfRange(disk, from, from + 4096);
                    near.put(nearAgent.batch(TestAgent.data(slot.volume(), block, differs, ++micros)));
                }
            }
        }
        disks.keySet().forEach(volume -> near.put(nearAgent.batch(TestAgent.syncCompleted(volume, ++micros))));
        checkpoint();
    }

    void write(int changes) {
        for (int i = 0; i < changes; i++) {
            writeBlock(random.nextInt(BLOCKS - 40));
        }
    }

    void writeBlock(int block) {
        VolumeId volume = List.copyOf(disks.keySet()).get(random.nextInt(2));
        int blocks = random.nextInt(8) == 0 ? 1 + random.nextInt(39) : 1;
        byte[] bytes = new byte[blocks * 4096];
        micros++;
        if (random.nextInt(6) == 0) {
            near.put(nearAgent.batch(TestAgent.zero(volume, block, blocks, micros)));
        } else {
            random.nextBytes(bytes);
            near.put(nearAgent.batch(TestAgent.data(volume, block, bytes, micros)));
        }
        System.arraycopy(bytes, 0, disks.get(volume), block * 4096, bytes.length);
    }

    void writeSingleBlock(int block) {
        VolumeId volume = disks.keySet().iterator().next();
        byte[] bytes = new byte[4096];
        random.nextBytes(bytes);
        near.put(nearAgent.batch(TestAgent.data(volume, block, bytes, ++micros)));
        System.arraycopy(bytes, 0, disks.get(volume), block * 4096, bytes.length);
    }

    /** The second site's group is in another state from now on. */
    void policy(JournalPolicy.State state) {
        near.store.follow(nearGroup.state(state).policy());
    }

    /** A resync at the first site: what lies inside is no checkpoint's. */
    void resync() {
        disks.keySet().forEach(volume -> near.put(nearAgent.batch(TestAgent.syncStarted(volume, micros))));
        write(random.nextInt(20));
        disks.keySet().forEach(volume -> near.put(nearAgent.batch(TestAgent.syncCompleted(volume, micros))));
        checkpoint();
    }

    /**
     * The second site fails over to its newest checkpoint and gives the volumes back without writing anything; the source's disks are what was committed.
     *
     * @param later what comes to be on the branch
     */
    void commitNewest(Runnable later) throws Exception {
        Checkpoint newest = near.points().newest().orElseThrow();
        later.run();
        policy(JournalPolicy.State.FAILED_OVER);
        SessionId session = near.store
                .sessions()
                .create(new Sessions.Order(nearGroup.pg, new Point.AtCheckpoint(newest.id()), "", ""))
                .id();
        near.store.commits().order(nearGroup.pg, session, "left-behind", "");
        for (int ticks = 0;
                near.store.sessions().require(nearGroup.pg, session).state() != RecoverySession.State.COMMITTED;
                ticks++) {
            assertThat(ticks).as("ticks until the commit is done").isLessThan(1000);
            near.store.commits().step(nearGroup.pg);
            near.ageAll(now());
        }
        near.store.sessions().delete(nearGroup.pg, session);
        cuts.get(newest.cutAtMicros())
                .forEach((volume, bytes) -> System.arraycopy(bytes, 0, disks.get(volume), 0, bytes.length));
        policy(JournalPolicy.State.REPLICATE);
        nearAgent.newEpoch();
        disks.keySet().forEach(volume -> near.put(nearAgent.batch(TestAgent.syncStarted(volume, ++micros))));
        disks.keySet().forEach(volume -> near.put(nearAgent.batch(TestAgent.syncCompleted(volume, ++micros))));
        checkpoint();
    }

    void checkpoint() {
        micros++;
        near.put(nearGroup.checkpoint(new UUID(random.nextLong(), random.nextLong()), micros));
        Map<VolumeId, byte[]> held = new HashMap<>();
        disks.forEach((volume, bytes) -> held.put(volume, bytes.clone()));
        cuts.put(micros, held);
    }

    /** The journal goes back to before what the target has, and a session begins. */
    void crashWithMoreAtTheTarget() {
        write(50);
        checkpoint();
        near.journal().flush();
        write(50);
        checkpoint();
        settle();
        relay.close();
        near.crash();
        newSession();
    }

    void newSession() {
        if (relay != null) {
            relay.close();
        }
        link.clear();
        openRelay();
    }

    /** As a relay that never was here, or whose memory is of another history. */
    void sessionThatRemembersNothing() {
        relay.close();
        memory.clear();
        micros += 1000;
        openRelay();
    }

    private void openRelay() {
        link.clear();
        RelayMemory kept = new RelayMemory() {
            @Override
            public Optional<Remembered> load(PgId group) {
                return Optional.ofNullable(memory.get(group));
            }

            @Override
            public void save(PgId group, Remembered remembered) {
                memory.put(group, remembered);
            }
        };
        relay = new RelayStream(
                new StreamId(relayAgent.id, farGroup.pg),
                nearGroup.pg,
                new JournalRelaySource(near.journal(), disks.keySet()),
                kept,
                new RelayLimits(LIMIT_BYTES, 300 << 10, Duration.ofSeconds(20), BEHIND),
                () -> nanos,
                () -> micros / 1000);
    }

    /** The link takes one batch, if there is one. */
    boolean pull() {
        try {
            Optional<ChangeBatch> batch = relay.next(Codec.LZ4);
            batch.ifPresent(link::add);
            relay.question(() -> ++lastRequest).ifPresent(this::answer);
            return batch.isPresent();
        } catch (HoldfastException unreadable) {
            // As in the real link: the session ends, and the next one looks again.
            lastFailure = unreadable;
            newSession();
            return false;
        }
    }

    /** As router and journal of the target do; an answer may get lost, or be a refusal. */
    private void answer(HashRequest request) {
        if (faults && random.nextInt(6) == 0) {
            return;
        }
        HashReply.Builder reply = HashReply.newBuilder().setRequestId(request.getRequestId());
        String code = faults && random.nextInt(8) == 0 ? "TOO_MANY_REQUESTS" : refusal;
        try {
            relay.answered(
                    code.isEmpty()
                            ? reply.setHashes(ByteString.copyFrom(
                                            far.store.hashes().of(question(request))))
                                    .build()
                            : reply.setErrorCode(code).build());
        } catch (HoldfastException refused) {
            assertThat(refused.code()).isEqualTo(JournalError.NOT_APPLIED_YET);
            relay.answered(reply.setErrorCode("NOT_APPLIED_YET").build());
        }
    }

    private HeadHashes.Question question(HashRequest request) {
        return new HeadHashes.Question(
                farGroup.pg,
                relayAgent.id,
                VolumeId.parse(request.getRange().getVolumeId()),
                new StreamPosition(new Epoch(request.getEpoch()), new Seq(request.getSeq())),
                request.getRange().getOffsetBytes(),
                request.getRange().getLengthBytes(),
                request.getChunkBytes());
    }

    /** One batch reaches the target: forwarded, marked, acknowledged; the acknowledgement may get lost. */
    void deliver() {
        ChangeBatch batch = link.poll();
        if (batch == null) {
            return;
        }
        far.put(ChangesRecord.newBuilder()
                .setPgId(farGroup.pg.toString())
                .setBatch(batch)
                .build());
        OpenedBatch opened = Batches.open(batch);
        for (StreamRecord record : opened.records()) {
            if (record instanceof StreamRecord.SyncStarted started) {
                kinds.add(started.kind());
            }
        }
        relayAgent.epoch = batch.getEpoch();
        relayAgent.seq = opened.header().last().value();
        opened.header().marker().ifPresent(marker -> {
            assertThat(batch.getMarkerCutAtMicros()).isPositive();
            far.put(farGroup.checkpoint(marker.value(), batch.getMarkerCutAtMicros()));
            marked.add(marker);
        });
        if (far.journal().snapshot().streams().get(relayAgent.id) instanceof AppliedStream.Gapped) {
            relay.reset(new Epoch(batch.getEpoch()));
            link.clear();
        } else if (!faults || random.nextInt(5) > 0) {
            relay.ack(new Epoch(batch.getEpoch()), new Seq(relayAgent.seq));
        }
    }

    void cutAtTarget() {
        relay.cut(new CheckpointId(new UUID(random.nextLong(), random.nextLong())));
    }

    /** Until the target has the newest checkpoint, and lists it. */
    void settle() {
        for (int i = 0; i < 2; i++) {
            for (int pulls = 0; !settled() && pulls < 1000; pulls++) {
                pull();
                while (!link.isEmpty()) {
                    deliver();
                }
                relay.ack(new Epoch(relayAgent.epoch), new Seq(relayAgent.seq));
                // A journal that lost for good what the target has is waited for in vain.
                nanos += BEHIND.toNanos() / 100;
            }
            cutAtTarget();
            pull();
        }
        while (!link.isEmpty()) {
            deliver();
        }
        assertThat(settled()).as("%s, %s", relay.status(), lastFailure).isTrue();
    }

    private boolean settled() {
        return relay.status().behindLsns() == 0
                && relay.status().state() instanceof RelayState.Resting(Place at)
                && at.checkpoint().equals(near.points().newest().orElseThrow().id());
    }

    void compareAll() throws Exception {
        List<Checkpoint> listed = far.points().list(Long.MAX_VALUE, 10_000, _ -> true);
        assertThat(listed).isNotEmpty();
        for (Checkpoint checkpoint : listed) {
            Map<VolumeId, byte[]> expected = cuts.get(checkpoint.cutAtMicros());
            assertThat(expected).as("a checkpoint as old as %s", checkpoint).isNotNull();
            for (VolumeId volume : disks.keySet()) {
                byte[] found = far.read(new Point.AtCheckpoint(checkpoint.id()), volume);
                int differs = Arrays.mismatch(found, expected.get(volume));
                assertThat(differs)
                        .as("first byte of volume %s that differs at %s", volume, checkpoint)
                        .isEqualTo(-1);
            }
        }
        Checkpoint newest = listed.getFirst();
        assertThat(newest.cutAtMicros())
                .isEqualTo(near.points().newest().orElseThrow().cutAtMicros());
    }

    @Override
    public void close() {
        relay.close();
        near.close();
        far.close();
    }
}
