"""Words by which personal data are told from the rest: first names common in France, kinds of place, origins."""

from __future__ import annotations

_FIRST_NAMES = """
adam adele adrien agathe agnes ahmed aicha alain albert alexandra alexandre alexis ali alice alicia aline amandine
amel amelie amina aminata amine anais andre andree angelique anissa anita anna anne annick annie anthony antoine
ariane arnaud arthur audrey aurelie aurelien axel aymeric baptiste beatrice benedicte benjamin benoit bernadette
bernard bertrand brahim brigitte bruno camille carine carole caroline catherine cecile celia celine chantal charlene
charles charlotte chloe christelle christian christiane christine christophe claire clara claude claudine clemence
clement colette corentin corinne cyril damien daniel daniele danielle david delphine denis denise didier djamila
dominique dylan edith edouard elena eliane elise elodie emilie emma emmanuel emmanuelle enzo eric erwan estelle
esther etienne eugenie eva evelyne fabien fabienne fabrice fadila farid farida fatiha fatima fatma fatou fatoumata
felix fernand florian francine francis franck francois francoise frederic gabriel gaelle genevieve georges gerald
gerard germaine ghislaine gilbert gilles gisele gregory guillaume guy gwenaelle habib hakim hamid hamza hanane
hassan hassiba helene henri herve houria hugo hugues ibrahim ibrahima imane ines irene isabelle ismael issa
jacqueline jacques jamal jamila jean jeanne jeannine jennifer jeremy jerome jessica joel joelle johanna jonathan
jordan joseph josette josiane judith jules julia julie julien juliette justine kader kamel karim karima karine kevin
khadija khalid laetitia laura laure laurence laurent lea leila leo leon leonie liliane lina linda lionel lisa loic
louis louise lucas lucette lucie lucien lucienne ludovic lydia lydie madeleine maeva maggy malika mamadou manon marc
marcel marcelle margaux margot marguerite maria mariam mariama marianne marie marina marine marion marjorie marlene
martin martine maryse mathieu mathilde mathis matthieu maud maurice maxime mehdi melanie melissa michel michele
michelle mickael miloud mireille mohamed mohammed monique morgane mouloud mounir moussa muriel mustapha myriam nabil
nadege nadia nadine naima nassim natacha nathalie nathan nicolas nicole noemie nora nordine odette odile olivier
omar oumar ousmane pascal pascale patricia patrick paul paule paulette pauline philippe pierre pierrette quentin
rachel rachid rachida raphael raymond raymonde regine regis remi remy renaud rene renee richard robert robin
rodolphe roger roland romain romane ronan roxane sabine sabrina said saida salim salima samia samir samira samuel
sandra sandrine sara sarah sebastien serge severine sihem simon simone sofia solange soline sonia sophie soraya
stephane stephanie suzanne sylvain sylvie tarek theo therese thibault thierry thomas tiphaine tony tristan valentin
valentine valerie vanessa veronique vincent virginie viviane xavier yacine yamina yann yannick yasmina yasmine
yassine yohan yolande youcef youssef yvan yves yvette yvonne zahra zakaria zineb zoe zohra
abdelkader abdellah abdou abdoulaye aissatou alassane aliou amadou asma assia awa ayse aziz aziza bakary bilal
bintou boubacar chaima cheikh djibril driss elif emine fadma fanta fatih fousseni habiba hafida halima hawa
hocine inaya jose joao kadiatou kenza khadidja khadim lamia lamine latifa loubna luis mahamadou malek mariame mehmet
mostafa moustapha murat mustafa nabila naoual nawel nouria oumou ousseynou ramata rania redouane ryan sabah safia salif
sekou seydou sira siham souad souleymane toufik wafa wassila widad yusuf zeynep ziad zoubida
"""

_PLACE_WORDS = """
rue avenue av place pl boulevard bd bld impasse allee quai cours square parc jardin centre ecole groupe college
lycee universite faculte salle espace hopital clinique chu ch association fondation institut maison foyer residence
resto restaurant stade gymnase piscine theatre cinema musee mediatheque bibliotheque eglise paroisse station metro
arret cabinet pharmacie laboratoire ehpad mairie quartier cite tour site complexe amphitheatre creche street school
hospital house hall saint sainte st ste
"""

# Beginnings of the names of countries and peoples, without accents; sought only after « nationalité », « originaire »…
_ORIGINS = """
afghan afric alban alger alleman americ angl angol antill armen asiat azerba banglad belg benin bosni bresil britann
bulgar burkin burund cambodg camerou canad chin colomb comor congo croat egypt erythre espagn ethiop etrang europe
franc gabon georg ghan gitan grec guadeloup guine haiti inde indi irak iran itali ivoir cote kosov kurd lao liban liby
macedon madagasc maghreb malgach mali maroc martiniqu mauritan mexic moldav neerland niger pakistan palestin perou
polac pologn polon portug reunion rom roum russ rwand senegal serb somal soudan sri subsahar suisse syri tchad
tchetchen thail togo tunis turc turq ukrain venezuel vietnam
"""

# Whose birth or origin is nobody's: « un projet né le 12/03/2014 ».
_THINGS = """
action association atelier besoin collectif demarche dispositif groupe idee initiative partenariat programme projet
reseau structure group network project scheme
"""

# What is held at an address that is not a home.
_HAPPENINGS = """
atelier ateliers distribution fete forum journee marche permanence permanences point porte rencontre reunion seance
stand stands
"""

FIRST_NAMES = frozenset(_FIRST_NAMES.split())
PLACE_WORDS = frozenset(_PLACE_WORDS.split())
ORIGINS = tuple(sorted(_ORIGINS.split()))
THINGS = frozenset(_THINGS.split())
VENUE_WORDS = PLACE_WORDS | frozenset(_HAPPENINGS.split())
