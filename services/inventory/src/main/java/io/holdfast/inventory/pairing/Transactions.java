package io.holdfast.inventory.pairing;

import java.util.function.Supplier;

/** Runs work in a transaction of its own: all of it is kept, or nothing. A call to another site never happens inside of one. */
public interface Transactions {
    <T> T call(Supplier<T> work);

    default void run(Runnable work) {
        call(() -> {
            work.run();
            return null;
        });
    }
}
