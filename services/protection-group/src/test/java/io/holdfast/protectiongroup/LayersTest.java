package io.holdfast.protectiongroup;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.holdfast", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
    private static final String ADAPTERS = "io.holdfast.protectiongroup.adapter..";
    private static final String US = "io.holdfast.protectiongroup..";

    @ArchTest
    static final ArchRule features_are_plain = classes()
            .that()
            .resideInAPackage(US)
            .and()
            .resideOutsideOfPackage(ADAPTERS)
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage("java..", "io.holdfast.kernel..", US))
            .because("rules about groups must be readable and testable without Quarkus, Kafka or a database"
                    + " (architecture, section 2)");

    @ArchTest
    static final ArchRule features_do_not_know_adapters = noClasses()
            .that()
            .resideInAPackage(US)
            .and()
            .resideOutsideOfPackage(ADAPTERS)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ADAPTERS)
            .because("adapters depend on features, never the reverse");

    @ArchTest
    static final ArchRule packages_have_an_order = slices().matching("io.holdfast.protectiongroup.(**)")
            .should()
            .beFreeOfCycles()
            .because("two packages that need each other are one package with two names");

    @ArchTest
    static final ArchRule no_service_imports_another = noClasses()
            .that()
            .resideInAPackage(US)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.holdfast.inventory..",
                    "io.holdfast.recoveryplan..",
                    "io.holdfast.journalstore..",
                    "io.holdfast.replicationrouter..",
                    "io.holdfast.replicationagent..",
                    "io.holdfast.localsite..")
            .because("services share only the contracts in proto; anything else would make them one service");
}
