package io.holdfast.replicationagent.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScreensTest {
    private static final Screenshot SMALL = new Screenshot(new byte[100]);

    private final Screens screens = new Screens();

    @Test
    void only_the_newest_picture_of_a_machine_is_kept_and_counts_as_new() {
        MachineOrder order = Orders.order();
        screens.add(order, Screen.Moment.READY, 1, SMALL);
        long seen = screens.after(0, 1).getLast().number();
        assertThat(screens.after(seen, 1)).isEmpty();

        screens.add(order, Screen.Moment.ENDED, 2, SMALL);

        assertThat(screens.after(seen, 2)).singleElement().satisfies(screen -> {
            assertThat(screen.moment()).isEqualTo(Screen.Moment.ENDED);
            assertThat(screen.machine()).isEqualTo(order.id());
            assertThat(screen.run()).isEqualTo(order.run());
        });
        assertThat(screens.after(0, 2)).hasSize(1);
    }

    @Test
    void the_oldest_go_when_there_are_too_many_or_too_many_bytes() {
        List<MachineOrder> orders = new ArrayList<>();
        for (int i = 0; i < Screens.MAX_SCREENS + 3; i++) {
            orders.add(Orders.order());
            screens.add(orders.getLast(), Screen.Moment.READY, i, SMALL);
        }
        assertThat(screens.after(0, 100))
                .extracting(Screen::machine)
                .hasSize(Screens.MAX_SCREENS)
                .doesNotContain(orders.get(2).id())
                .contains(orders.get(3).id());

        for (int i = 0; i < 20; i++) {
            screens.add(Orders.order(), Screen.Moment.READY, 200, new Screenshot(new byte[Screenshot.MAX_BYTES]));
        }
        assertThat(screens.after(0, 200).stream()
                        .mapToInt(screen -> screen.picture().png().length)
                        .sum())
                .isLessThanOrEqualTo(Screens.MAX_BYTES);
    }

    @Test
    void what_is_old_goes() {
        screens.add(Orders.order(), Screen.Moment.READY, 1_000, SMALL);
        assertThat(screens.after(0, 1_000 + Screens.KEPT_MICROS)).hasSize(1);
        assertThat(screens.after(0, 1_001 + Screens.KEPT_MICROS)).isEmpty();
    }
}
