package io.holdfast.replicationagent.uplink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.PgId;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UplinkRulesTest {
    @Test
    void waitsDoubleUpToTheLimitAndAreSpread() {
        Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2), new Random(1));
        long whole = 100;
        for (int attempt = 0; attempt < 12; attempt++) {
            assertThat(backoff.next().toMillis()).isBetween(whole / 2, whole);
            whole = Math.min(2_000, whole * 2);
        }

        backoff.reset();

        assertThat(backoff.next().toMillis()).isBetween(50L, 100L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"router:9443", "10.0.0.7:1", " router.site-b.example:65535 ", "[2001:db8::1]:9443"})
    void anAddressIsAHostAndAPort(String text) {
        assertThat(RouterAddress.parse(text).toString()).isEqualTo(text.strip());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "router",
                "router:",
                ":9443",
                "router:0",
                "router:65536",
                "a b:1",
                "2001:db8::1:9443",
                "http://r:1"
            })
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> RouterAddress.parse(text))
                .isInstanceOf(HoldfastException.class)
                .hasMessageContaining("host:port");
    }

    @Test
    void aCommandIsCarriedOutOnceAndAnsweredTheSameAgain() {
        CommandMemory memory = new CommandMemory();
        CommandId command = CommandId.random();
        AtomicInteger runs = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            memory.once(command, () -> {
                runs.incrementAndGet();
                return Optional.of(new CommandMemory.Outcome.Failure("CODE", "why"));
            });
        }

        assertThat(runs).hasValue(1);
        assertThat(memory.once(command, Optional::empty).error()).isPresent();
    }

    @Test
    void onlyTheNewestAnswersAreKept() {
        CommandMemory memory = new CommandMemory();
        CommandId oldest = CommandId.random();
        memory.once(oldest, Optional::empty);
        for (int i = 0; i < CommandMemory.CAPACITY; i++) {
            memory.once(CommandId.random(), Optional::empty);
        }
        AtomicInteger runs = new AtomicInteger();

        memory.once(oldest, () -> {
            runs.incrementAndGet();
            return Optional.empty();
        });

        assertThat(runs).hasValue(1);
    }

    @Test
    void groupsAreTheFirstConnectionsUnlessRedirectedAndComeBackWhenTheirRouterIsGiveUp() {
        StreamOwnership ownership = new StreamOwnership();
        PgId pg = PgId.random();
        RouterAddress other = new RouterAddress("b", 1);
        assertThat(ownership.redirectOf(pg)).isEmpty();

        assertThat(ownership.redirect(pg, other)).isTrue();
        assertThat(ownership.redirectOf(pg)).contains(other);
        assertThat(ownership.dropAll(other)).containsExactly(pg);

        assertThat(ownership.redirectOf(pg)).isEmpty();
        assertThat(ownership.targets()).isEmpty();
    }

    @Test
    void oneAgentDoesNotFollowRedirectsToAnyNumberOfRouters() {
        StreamOwnership ownership = new StreamOwnership();
        for (int i = 1; i <= StreamOwnership.MAX_REDIRECTS; i++) {
            assertThat(ownership.redirect(PgId.random(), new RouterAddress("r", i)))
                    .isTrue();
        }

        assertThat(ownership.redirect(PgId.random(), new RouterAddress("r", 9_999)))
                .isFalse();

        assertThat(ownership.targets()).hasSize(StreamOwnership.MAX_REDIRECTS);
    }
}
