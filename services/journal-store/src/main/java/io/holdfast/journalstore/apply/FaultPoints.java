package io.holdfast.journalstore.apply;

/**
 * Names the places between two steps at which a process may die. The product does nothing there; crash tests end the process or throw.
 */
@FunctionalInterface
public interface FaultPoints {
    FaultPoints NONE = _ -> {};

    void reached(String place);
}
