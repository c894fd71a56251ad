package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.Lsn;
import java.util.Optional;

/**
 * The newest that the journal had when a point was chosen: what lies between is lost by recovering at the point. What the source wrote and
 * never sent is not in here, because nobody at this site knows it.
 *
 * @param checkpoint the newest one
 * @param head the newest change; empty if the journal did not say
 */
public record NewestKnown(ChosenCheckpoint checkpoint, Optional<Lsn> head) {}
