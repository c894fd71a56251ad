package io.holdfast.recoveryplan;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.holdfast.recoveryplan", importOptions = DoNotIncludeTests.class)
class LayeringTest {
    private static final String ADAPTERS = "io.holdfast.recoveryplan.adapter..";

    @ArchTest
    static final ArchRule featuresKnowOnlyTheJdkAndTheKernel = classes()
            .that()
            .resideOutsideOfPackage(ADAPTERS)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage("java..", "io.holdfast.kernel..", "io.holdfast.recoveryplan..")
                    .and(com.tngtech.archunit.base.DescribedPredicate.not(resideInAnyPackage(ADAPTERS))))
            .because("the rules of recovery are tested without a database and outlive every framework");

    @ArchTest
    static final ArchRule noServiceKnowsAnother = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.holdfast.inventory..",
                    "io.holdfast.protectiongroup..",
                    "io.holdfast.replicationrouter..",
                    "io.holdfast.journalstore..",
                    "io.holdfast.replicationagent..",
                    "io.holdfast.localsite..")
            .because("services share contracts (proto, docs/rest-api.md) and no code, so that each is deployed alone");

    @ArchTest
    static final ArchRule featuresHaveNoCycles = slices().matching(
                    "io.holdfast.recoveryplan.(dns|plan|machine|ownership|run|execution|preflight|rehearsal|report)..")
            .should()
            .beFreeOfCycles()
            .because("a feature that is part of a cycle cannot be understood alone");

    @ArchTest
    static final ArchRule onlyOneClassWritesRuns = noClasses()
            .that()
            .resideOutsideOfPackage("io.holdfast.recoveryplan.adapter.persistence..")
            .should()
            .dependOnClassesThat()
            .haveSimpleName("RunRow")
            .because("a state, its event and its report are stored together or not at all");
}
