/** Given names that are common and hardly anything else, in lower case: by themselves no find, before a surname one. */
export const GIVEN_NAMES: ReadonlySet<string> = new Set(
  `james robert john michael david william richard joseph thomas christopher charles daniel matthew anthony donald steven andrew paul
  joshua kenneth kevin brian timothy ronald jason jeffrey ryan jacob nicholas eric jonathan stephen larry justin scott brandon
  benjamin samuel gregory alexander patrick jack dennis jerry tyler aaron jose adam nathan henry zachary douglas peter kyle noah
  ethan jeremy walter keith roger terry sean gerald carl harold arthur lawrence dylan jesse bryan joe billy bruce gabriel logan
  albert willie alan eugene russell vincent philip bobby johnny bradley oliver harry george leo oscar theodore edward hugh simon
  mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley kimberly emily
  donna michelle carol amanda melissa deborah stephanie rebecca sharon laura cynthia dorothy amy kathleen angela shirley emma brenda
  pamela nicole anna samantha katherine christine debra rachel carolyn janet maria olivia heather helen catherine diane julie
  victoria joyce lauren kelly christina joan evelyn judith andrea hannah megan cheryl jacqueline martha madison teresa gloria sara
  janice ann kathryn abigail sophia frances jean alice judy isabella julia denise marilyn amber danielle theresa natalie
  brittany diana doris rose alexis kayla lily charlotte amelia isla mia chloe lucy eleanor zoe claire jane kate ellie
  hans peter klaus wolfgang jürgen dieter manfred uwe günther günter horst bernd stefan thorsten torsten matthias andreas markus
  michael frank rainer ralf sebastian tobias florian lukas jonas felix maximilian moritz niklas fabian philipp heinz karl otto
  ursula monika petra sabine renate helga karin brigitte ingrid erika gisela susanne heike katrin anja silke birgit
  claudia martina nadine julia katharina lena leonie johanna greta frieda
  jean-luc jean-pierre pierre jacques françois michel philippe nicolas olivier laurent étienne guillaume sylvie nathalie isabelle
  camille élodie aurélie juan carlos luis miguel javier alejandro francisco antonio pedro pablo diego sergio fernando ricardo
  carmen lucia sofia elena isabel giovanni giuseppe luca marco matteo alessandro francesca giulia chiara
  mohammed muhammad ahmed ali omar hassan ibrahim fatima aisha priya rahul amit anil sanjay deepak sunita ravi arjun neha
  wei ming li hiroshi takashi yuki kenji yoko ivan dmitri sergei olga natasha tatiana svetlana piotr agnieszka katarzyna`
    .split(/\s+/)
    .filter((name) => name !== ''),
)
