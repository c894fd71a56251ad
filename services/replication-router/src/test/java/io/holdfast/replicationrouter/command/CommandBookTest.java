package io.holdfast.replicationrouter.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.replicationrouter.command.CommandBook.Taken;
import org.junit.jupiter.api.Test;

class CommandBookTest {
    private final AgentId agent = AgentId.random();
    private final CommandBook<String> book = new CommandBook<>();

    @Test
    void aCommandWaitsForItsAgentUntilItIsAnswered() {
        CommandId id = CommandId.random();
        assertThat(book.take(id, agent, 100, "attach", 0)).isEqualTo(Taken.KEPT);
        assertThat(book.waitingFor(agent)).containsExactly("attach");
        assertThat(book.waitingFor(AgentId.random())).isEmpty();
        book.answered(id);
        assertThat(book.waitingFor(agent)).isEmpty();
    }

    @Test
    void aCommandThatIsReadAgainHasNoFurtherEffect() {
        CommandId id = CommandId.random();
        book.take(id, agent, 100, "attach", 0);
        assertThat(book.take(id, agent, 100, "attach", 0)).isEqualTo(Taken.REPEATED);
        book.answered(id);
        assertThat(book.take(id, agent, 100, "attach", 0)).isEqualTo(Taken.REPEATED);
    }

    @Test
    void anAnswerThatIsReadBeforeItsCommandCounts() {
        CommandId id = CommandId.random();
        book.answered(id);
        assertThat(book.take(id, agent, 100, "attach", 0)).isEqualTo(Taken.REPEATED);
    }

    @Test
    void commandsExpireOnce() {
        book.take(CommandId.random(), agent, 100, "first", 0);
        book.take(CommandId.random(), agent, 200, "second", 0);
        assertThat(book.expire(99)).isEmpty();
        assertThat(book.expire(100)).extracting(CommandBook.Pending::command).containsExactly("first");
        assertThat(book.expire(100)).isEmpty();
        assertThat(book.take(CommandId.random(), agent, 100, "late", 100)).isEqualTo(Taken.EXPIRED);
    }

    @Test
    void oneAgentCannotFillTheBook() {
        for (int i = 0; i < CommandBook.MAX_PER_AGENT; i++) {
            book.take(CommandId.random(), agent, 100, "c", 0);
        }
        assertThat(book.take(CommandId.random(), agent, 100, "c", 0)).isEqualTo(Taken.QUEUE_FULL);
        assertThat(book.take(CommandId.random(), AgentId.random(), 100, "c", 0)).isEqualTo(Taken.KEPT);
    }

    @Test
    void theMemoryOfAnswersIsBounded() {
        CommandId oldest = CommandId.random();
        book.answered(oldest);
        for (int i = 0; i < CommandBook.MAX_ANSWERED; i++) {
            book.answered(CommandId.random());
        }
        assertThat(book.isAnswered(oldest)).isFalse();
    }
}
