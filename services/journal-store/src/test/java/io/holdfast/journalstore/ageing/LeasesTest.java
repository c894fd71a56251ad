package io.holdfast.journalstore.ageing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Lsn;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class LeasesTest {
    @Test
    void the_tail_stops_at_the_lowest_lease_and_goes_on_when_it_ends() {
        Leases leases = new Leases(Lsn.of(5));
        Leases.Lease low = leases.take(Lsn.of(10)).orElseThrow();
        Leases.Lease second = leases.take(Lsn.of(10)).orElseThrow();
        assertThat(leases.moveTail(Lsn.of(20))).isEqualTo(Lsn.of(10));
        low.close();
        low.close();
        assertThat(leases.moveTail(Lsn.of(20))).isEqualTo(Lsn.of(10));
        second.close();
        assertThat(leases.moveTail(Lsn.of(20))).isEqualTo(Lsn.of(20));
        assertThat(leases.take(Lsn.of(19))).isEmpty();
        assertThat(leases.take(Lsn.of(20))).isPresent();
    }

    @Test
    void no_lease_is_ever_overtaken_by_the_tail() throws Exception {
        Leases leases = new Leases(Lsn.NONE);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> takers = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int seed = t;
                takers.add(threads.submit((Callable<Boolean>) () -> {
                    Random random = new Random(seed);
                    boolean held = true;
                    for (int i = 0; i < 5000; i++) {
                        var lease = leases.take(Lsn.of(leases.tail().value() + random.nextInt(4)));
                        held &= lease.isEmpty()
                                || !leases.tail().isAfter(lease.get().lsn());
                        Thread.onSpinWait();
                        held &= lease.isEmpty()
                                || !leases.tail().isAfter(lease.get().lsn());
                        lease.ifPresent(Leases.Lease::close);
                    }
                    return held;
                }));
            }
            threads.submit(() -> {
                for (int i = 0; i < 20_000; i++) {
                    leases.moveTail(Lsn.of(leases.tail().value() + 3));
                }
            });
            for (Future<Boolean> taker : takers) {
                assertThat(taker.get()).isTrue();
            }
        }
        assertThat(leases.count()).isZero();
    }
}
