"""Words by which a person's name is told from a place's: common first names in France, kinds of place."""

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
"""

_PLACE_WORDS = """
rue avenue av place pl boulevard bd bld impasse allee quai cours square parc jardin centre ecole groupe college
lycee universite faculte salle espace hopital clinique chu ch association fondation institut maison foyer residence
resto restaurant stade gymnase piscine theatre cinema musee mediatheque bibliotheque eglise paroisse station metro
arret cabinet pharmacie laboratoire ehpad mairie quartier cite tour site complexe amphitheatre creche street school
hospital house hall saint sainte st ste
"""

FIRST_NAMES = frozenset(_FIRST_NAMES.split())
PLACE_WORDS = frozenset(_PLACE_WORDS.split())
