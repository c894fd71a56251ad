package io.holdfast.replicationrouter.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.HashReply;
import io.holdfast.proto.v1.HashRequest;
import io.holdfast.proto.v1.VolumeRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Questions of agents about replicas: who may ask what, how many, and what happens to answers nobody takes. */
class HashDeskTest {
    private static final String JOURNAL = "http://journal:1";

    private final RouterWorld world = new RouterWorld();
    private final RouterWorld.Agent agent = world.newAgent();
    private final List<Asked> asked = new ArrayList<>();

    private record Asked(String address, ReplicaReader.Question question, Consumer<ReplicaReader.Answer> answer) {
        void answer(byte[] hashes) {
            answer.accept(new ReplicaReader.Answer("", hashes));
        }
    }

    @BeforeEach
    void connect() {
        world.router().hashesAnsweredBy((address, question, answer) -> asked.add(new Asked(address, question, answer)));
        world.router().journalServed(agent.pg, JOURNAL, List.of());
        agent.connect();
    }

    private HashRequest.Builder question(long id) {
        return HashRequest.newBuilder()
                .setRequestId(id)
                .setPgId(agent.pg.toString())
                .setEpoch(1)
                .setSeq(7)
                .setChunkBytes(65536)
                .setRange(range(65536, 131072));
    }

    private VolumeRange.Builder range(long offset, long length) {
        return VolumeRange.newBuilder()
                .setVolumeId(agent.volume().toString())
                .setOffsetBytes(offset)
                .setLengthBytes(length);
    }

    private void ask(long id) {
        agent.ask(question(id).build());
    }

    private List<String> codes() {
        return agent.replies.stream().map(HashReply::getErrorCode).toList();
    }

    @Test
    void aQuestionGoesToTheJournalOfItsGroupAndTheAnswerComesBackUnderItsNumber() {
        ask(31);

        assertThat(asked).hasSize(1);
        assertThat(asked.getFirst().address()).isEqualTo(JOURNAL);
        assertThat(asked.getFirst().question())
                .isEqualTo(
                        new ReplicaReader.Question(agent.pg, agent.id, agent.volume(), 1, 7, 65536, 131072, 65536, ""));
        asked.getFirst().answer(new byte[64]);
        assertThat(agent.replies).as("only on the loop").isEmpty();
        world.runLoop();

        assertThat(agent.replies)
                .containsExactly(HashReply.newBuilder()
                        .setRequestId(31)
                        .setHashes(com.google.protobuf.ByteString.copyFrom(new byte[64]))
                        .build());
    }

    @ParameterizedTest
    @CsvSource({
        "c0ffee00-1111-4222-8333-444455556666, c0ffee00-1111-4222-8333-444455556666",
        "A-z0, A-z0",
        "'', ''",
        "'a&seq=9', ''",
        "'a b', ''",
        "a%26, ''",
        "'a\nb', ''",
        "ä, ''",
        "../x, ''",
        "0123456789012345678901234567890123456789012345678901234567890123, 0123456789012345678901234567890123456789012345678901234567890123",
        "01234567890123456789012345678901234567890123456789012345678901234, ''"
    })
    void theCaptureGoesAlongUnlessItCannotBeOne(String said, String passedOn) {
        agent.ask(question(1).setCaptureId(said).build());

        assertThat(asked).hasSize(1);
        assertThat(asked.getFirst().question().captureId()).isEqualTo(passedOn);
    }

    @Test
    void whatIsNotTheAgentsIsNotAskedFor() {
        RouterWorld.Agent other = world.newAgent();
        world.router().journalServed(other.pg, JOURNAL, List.of());

        agent.ask(question(1).setPgId(other.pg.toString()).build());
        agent.ask(question(2).setPgId(PgId.random().toString()).build());
        agent.ask(question(3)
                .setRange(range(0, 65536).setVolumeId(other.volume().toString()))
                .build());
        agent.ask(question(4)
                .setRange(range(0, 65536).setVolumeId(VolumeId.random().toString()))
                .build());

        assertThat(codes()).containsOnly("NO_SUCH_VOLUME").hasSize(4);
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "-65536, 65536, 65536, 1, 1",
        "1, 65536, 65536, 1, 1",
        "0, 0, 65536, 1, 1",
        "0, -1, 65536, 1, 1",
        "0, 9223372036854775807, 65536, 1, 1",
        "0, 268435457, 65536, 1, 1",
        "0, 65536, 0, 1, 1",
        "0, 65536, -2147483648, 1, 1",
        "0, 65536, 2048, 1, 1",
        "0, 65536, 98304, 1, 1",
        "0, 65536, 2097152, 1, 1",
        "0, 65536, 65536, 0, 1",
        "0, 65536, 65536, -1, 1",
        "0, 65536, 65536, 1, 0",
        "0, 65536, 65536, 1, -9223372036854775808"
    })
    void whatNoJournalWouldAnswerIsRefusedHere(long offset, long length, int chunk, long epoch, long seq) {
        agent.ask(question(5)
                .setRange(range(offset, length))
                .setChunkBytes(chunk)
                .setEpoch(epoch)
                .setSeq(seq)
                .build());

        assertThat(codes()).containsExactly("INVALID_RANGE");
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "00000000-0000-0000-0000-00000000000g", "../../etc"})
    void anIdThatIsNoneEndsTheSessionAndNothingElse(String id) {
        RouterWorld.Agent neighbour = world.newAgent();
        neighbour.connect();

        agent.ask(question(1).setPgId(id).build());
        assertThat(agent.connected()).isFalse();
        agent.connect();
        agent.ask(question(2).setRange(range(0, 65536).setVolumeId(id)).build());
        assertThat(agent.connected()).isFalse();

        assertThat(world.events.stream()
                        .filter(event -> event.hasSessionRejected())
                        .map(event -> event.getSessionRejected().getCode()))
                .containsExactly("INVALID_ID", "INVALID_ID");
        assertThat(neighbour.connected()).isTrue();
        assertThat(asked).isEmpty();
    }

    @Test
    void whoAsksBeforeTheJournalIsKnownIsToldToAskAgain() {
        world.router().journalServed(agent.pg, "", List.of());
        ask(1);
        world.router().journalServed(agent.pg, JOURNAL, List.of());
        ask(2);
        world.router().policy(RouterWorld.removed(agent.policy()));
        ask(3);

        assertThat(codes()).containsExactly("JOURNAL_UNAVAILABLE", "NO_SUCH_VOLUME");
        assertThat(asked).hasSize(1);
    }

    @Test
    void oneSessionHasSixteenQuestionsUnderWayAndAPlaceIsFreeAfterAnAnswer() {
        for (int i = 0; i < 100; i++) {
            ask(i);
        }
        assertThat(asked).hasSize(HashDesk.PER_SESSION);
        assertThat(codes()).containsOnly("TOO_MANY_REQUESTS").hasSize(100 - HashDesk.PER_SESSION);

        asked.get(3).answer(new byte[64]);
        world.runLoop();
        ask(200);
        ask(201);

        assertThat(asked).hasSize(HashDesk.PER_SESSION + 1);
        assertThat(agent.replies).last().extracting(HashReply::getRequestId).isEqualTo(201L);
    }

    @Test
    void allSessionsTogetherHaveABound() {
        for (int i = 0; i < 20; i++) {
            RouterWorld.Agent one = world.newAgent();
            world.router().journalServed(one.pg, JOURNAL, List.of());
            one.connect();
            for (int j = 0; j < HashDesk.PER_SESSION; j++) {
                one.ask(question(j)
                        .setPgId(one.pg.toString())
                        .setRange(range(0, 65536).setVolumeId(one.volume().toString()))
                        .build());
            }
        }
        assertThat(asked).hasSize(HashDesk.ALTOGETHER);

        List.copyOf(asked).forEach(one -> one.answer(new byte[32]));
        world.runLoop();
        ask(1);
        assertThat(asked).hasSize(HashDesk.ALTOGETHER + 1);
    }

    @Test
    void anAgentThatTakesNothingIsOwedAtMostWhatItMayHaveUnderWay() {
        agent.ready = false;
        for (int round = 0; round < 50; round++) {
            for (int i = 0; i < 50; i++) {
                ask(i);
            }
            List<Asked> now = List.copyOf(asked);
            asked.clear();
            now.forEach(one -> one.answer(new byte[64]));
            world.runLoop();
        }
        assertThat(agent.replies).isEmpty();
        assertThat(asked).isEmpty();

        agent.writable();

        assertThat(codes().stream().filter(String::isEmpty)).hasSize(HashDesk.PER_SESSION);
        assertThat(codes().stream().filter("TOO_MANY_REQUESTS"::equals)).hasSize(HashDesk.REFUSALS_WAITING);
        ask(9);
        assertThat(asked).as("places are free again").hasSize(1);
    }

    @Test
    void answersForASessionThatEndedAreDroppedAndFreeTheirPlaces() {
        for (int round = 0; round < 3 * HashDesk.ALTOGETHER / HashDesk.PER_SESSION; round++) {
            agent.ready = round % 2 == 0;
            for (int i = 0; i < HashDesk.PER_SESSION; i++) {
                ask(i);
            }
            assertThat(asked).as("round %d", round).hasSize(HashDesk.PER_SESSION);
            asked.subList(0, 4).forEach(one -> one.answer(new byte[64]));
            world.runLoop();
            agent.connectionLost();
            asked.subList(4, HashDesk.PER_SESSION).forEach(one -> one.answer(new byte[64]));
            world.runLoop();
            asked.clear();
            agent.ready = true;
            agent.connect();
        }
        assertThat(agent.replies)
                .allSatisfy(reply -> assertThat(reply.getRequestId()).isLessThan(4));
        world.pass(Duration.ofMillis(1));
        ask(77);
        assertThat(asked).hasSize(1);
    }

    @Test
    void randomQuestionsNeverEndTheLoopNorLeakAPlace() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 5000; i++) {
            if (!agent.connected()) {
                agent.connect();
            }
            agent.ready = random.nextInt(3) > 0;
            agent.ask(question(random.nextLong())
                    .setEpoch(random.nextLong())
                    .setSeq(random.nextLong())
                    .setChunkBytes(1 << random.nextInt(32))
                    .setRange(range(random.nextLong() << random.nextInt(64), random.nextLong() >>> random.nextInt(64)))
                    .build());
            if (random.nextInt(3) == 0) {
                ask(i);
            }
            if (random.nextInt(50) == 0) {
                agent.connectionLost();
            }
            if (!asked.isEmpty() && random.nextInt(3) == 0) {
                asked.remove(random.nextInt(asked.size())).answer(new byte[random.nextInt(100)]);
                world.runLoop();
            }
        }
        asked.forEach(one -> one.answer(new byte[0]));
        asked.clear();
        world.runLoop();
        if (!agent.connected()) {
            agent.connect();
        }
        agent.writable();
        for (int i = 0; i < HashDesk.PER_SESSION; i++) {
            ask(i);
        }
        assertThat(asked).as("seed %d", seed).hasSize(HashDesk.PER_SESSION);
        assertThat(world.hashCodes).contains("OK", "INVALID_RANGE");
    }
}
