"""Fictional waivers and forbearances in many styles of drafting, with what a careful reader finds in them.

No party, sum or agreement in them exists, and no sentence is from a filing. They were written before the rules that
read them were last changed.
"""

from __future__ import annotations

SPECIFIED = """\
                    LIMITED WAIVER AND FORBEARANCE AGREEMENT

     THIS LIMITED WAIVER AND FORBEARANCE AGREEMENT (this "Agreement") is entered into as of March 12, 2009, by and
among QUILLAN PAPER COMPANY, a Maine corporation (the "Borrower"), QUILLAN HOLDINGS, INC., a Delaware corporation
("Holdings"), the lenders listed on the signature pages hereof (the "Lenders"), and HOLLIN BANK, N.A., as
administrative agent for the Lenders (in such capacity, the "Agent").

                                 RECITALS

     A. The Borrower, Holdings, the Lenders and the Agent are parties to that certain Amended and Restated Credit
Agreement dated as of June 1, 2006 (as amended by that certain First Amendment dated as of May 2, 2007, and that
certain Second Amendment dated as of August 9, 2008, the "Credit Agreement").

     B. The following Events of Default have occurred and are continuing (collectively, the "Specified Defaults"):
(i) an Event of Default under Section 8.01(c) arising from the failure of the Borrower to comply with Section 7.11(a)
for the fiscal quarter ended December 31, 2008; and (ii) an Event of Default under Section 8.01(a) arising from the
failure of the Borrower to pay interest due on February 1, 2009.

     NOW, THEREFORE, the parties agree as follows:

     1. Forbearance. During the Forbearance Period, the Lenders agree to forbear from exercising their rights and
remedies against the Borrower solely by reason of the Specified Defaults.

     2. Forbearance Period. "Forbearance Period" means the period beginning on the date hereof and ending on the
earliest to occur of (a) May 15, 2009, (b) the occurrence of any Event of Default other than the Specified
Defaults, and (c) the date on which any Loan Party breaches this Agreement.

     3. Upon the termination of the Forbearance Period, the agreement of the Lenders to forbear shall automatically
and without notice terminate and be of no further force or effect.

     IN WITNESS WHEREOF, the parties have executed this Agreement.

                                        QUILLAN PAPER COMPANY

                                        By: /s/ P. Quill
                                        Name: P. Quill
                                        Title: President

                                        QUILLAN HOLDINGS, INC.

                                        By: /s/ P. Quill
                                        Name: P. Quill
                                        Title: President

                                        HOLLIN BANK, N.A., as Agent and as a Lender

                                        By: /s/ R. Teller
                                        Name: R. Teller
                                        Title: Vice President

                                        LENDERS:

                                        MARSHGATE TRUST COMPANY

                                        By: /s/ M. Gate
                                        Name: M. Gate
                                        Title: Director
"""

DESIGNATED = """\
                                   WAIVER NO. 2

     WAIVER NO. 2 dated as of November 14, 2003 (this "Waiver") to the Loan Agreement dated as of July 9, 1999 (the
"Loan Agreement") among TARN VALLEY FOODS, INC. (the "Company"), the financial institutions party thereto (the
"Banks") and DUNMORE BANK, as agent for the Banks (the "Agent").

     The Company has advised the Banks that the following events of default exist (the "Designated Events of
Default"):

          (a) the Company failed to comply with Section 6.4 of the Loan Agreement for the fiscal quarter ended
     September 30, 2003;

          (b) the Company failed to comply with Section 6.5 of the Loan Agreement for the fiscal quarter ended
     September 30, 2003; and

          (c) the Company failed to deliver the financial statements required by Section 5.1(b) of the Loan
     Agreement by October 30, 2003.

     1. Subject to the terms hereof, the Banks hereby waive the Designated Events of Default for the period from the
date hereof through and including December 31, 2003 (the "Waiver Period").

     2. If any representation made herein proves to be false, or if any other Default occurs, the waiver granted in
Section 1 shall be null and void and the Banks may exercise all of their rights.

     IN WITNESS WHEREOF, the parties hereto have caused this Waiver to be executed.

TARN VALLEY FOODS, INC.                      DUNMORE BANK, individually and as Agent

By: /s/ T. Valley                            By: /s/ D. More
Title: Treasurer                             Title: Vice President
"""

BREACH_IS_WAIVED = """\
                                SABLE COUNTY BANK
                               1 Court House Square

                                                     February 3, 1994

Fenwick Looms, Inc.
200 Canal Street
Lowell, Massachusetts

     Re: Term Loan Agreement dated January 5, 1991 between Fenwick Looms, Inc. and Sable County Bank

Gentlemen:

     Any breach of Section 5.7 of the Term Loan Agreement for the fiscal year ended December 31, 1993 is hereby
waived. This waiver is effective only for such fiscal year and applies to no other period.

                                        Very truly yours,

                                        SABLE COUNTY BANK

                                        By: /s/ E. Sable
                                            E. Sable, Vice President
"""

COMPLIANCE_FOR = """\
                      THIRD AMENDMENT AND WAIVER
                                  TO
                       REVOLVING CREDIT AGREEMENT

     This Third Amendment and Waiver to Revolving Credit Agreement is made as of April 30, 1998 among LARKMOOR
CHEMICAL CORPORATION, a New York corporation (the "Borrower"), STONEHITHE BANK and BANK OF EAST MARCH (each a
"Bank" and together the "Banks").

     WHEREAS, the Borrower and the Banks are parties to a Revolving Credit Agreement dated as of March 1, 1995, as
amended by a First Amendment dated as of June 6, 1996 and a Second Amendment dated as of July 7, 1997 (as so amended,
the "Credit Agreement"); and

     WHEREAS, the Borrower has requested that the Banks waive certain covenants;

     NOW, THEREFORE, it is agreed:

     Section 1. Waiver. The Banks hereby waive compliance with Section 7.2 and Section 7.9 of the Credit Agreement for
the period ended March 31, 1998.

     Section 2. Effectiveness. This Amendment shall become effective as of April 1, 1998 when each of the Banks has
signed it.

     IN WITNESS WHEREOF, the parties have signed.

                                   LARKMOOR CHEMICAL CORPORATION
                                   By: /s/ L. Moor
                                   Its: Chief Financial Officer

                                   STONEHITHE BANK
                                   By: /s/ S. Hithe
                                   Its: Vice President

                                   BANK OF EAST MARCH
                                   By: ____________________
                                   Its:____________________
"""

ARISING_FROM = """\
                           CONSENT AND WAIVER

     This CONSENT AND WAIVER, dated as of September 22, 2014 (this "Consent"), is by and among ORCHARD LANE MEDIA LLC,
a Delaware limited liability company (the "Borrower"), the Guarantors party hereto, each Lender signatory hereto and
WEXCOMBE BANK, NATIONAL ASSOCIATION, as administrative agent (the "Administrative Agent").

     1. Consent and Waiver. Effective as of the Consent Effective Date, the Required Lenders hereby consent to the
sale of the Printing Division and waive any Default or Event of Default arising under Section 7.05 of the Credit
Agreement as a result of such sale.

     2. The foregoing waiver shall cease to be effective if the sale is not completed on or before November 30, 2014.

     3. Reference is made to the Credit Agreement dated as of February 4, 2011.

     IN WITNESS WHEREOF, the parties have executed this Consent.

ORCHARD LANE MEDIA LLC,
as Borrower

By: /s/ O. Lane
Name: O. Lane
Title: Manager

OLM PRINTING LLC,
as a Guarantor

By: /s/ O. Lane
Name: O. Lane
Title: Manager

WEXCOMBE BANK, NATIONAL ASSOCIATION,
as Administrative Agent and a Lender

By: /s/ W. Combe
Name: W. Combe
Title: Managing Director

BRIGHTMERE CLO FUND II, LTD.,
as a Lender

By: Brightmere Advisers LLC, its collateral manager

By: /s/ B. Mere
Name: B. Mere
Title: Authorized Signatory
"""

NOTEHOLDER_WAIVER = """\
                       WAIVER UNDER NOTE PURCHASE AGREEMENT

     This Waiver, dated as of June 28, 1996, is given by the undersigned holders of the 9.45% Senior Notes due 2004
(the "Notes") of CARROWAY INDUSTRIES, INC., an Ohio corporation (the "Company"), issued under the Note Purchase
Agreement dated as of May 15, 1994.

     Each of the undersigned, being a holder of Notes, hereby waives until October 1, 1996 any Event of Default
arising out of the failure of the Company to maintain Consolidated Net Worth as required by paragraph 6A(2) as of
March 31, 1996.

     The waiver contained herein shall be deemed rescinded and of no force or effect, as if never given, upon the
acceleration of any Indebtedness of the Company in excess of $1,000,000.

                                        HOLDERS:

                                        OLD PIER LIFE INSURANCE COMPANY

                                        By: /s/ O. Pier
                                        Title: Investment Officer

                                        EASTWARD MUTUAL LIFE INSURANCE COMPANY

                                        By: /s/ E. Ward
                                        Title: Vice President

Acknowledged and agreed:

CARROWAY INDUSTRIES, INC.

By: /s/ C. Way
Title: Treasurer
"""

WAIVER_DATE = """\
Exhibit 10.3

                              TEMPORARY WAIVER

     TEMPORARY WAIVER, dated as of January 15, 2002 (this "Temporary Waiver"), among GRANTLEY STEEL CORP., a
Pennsylvania corporation (the "Borrower"), the Lenders party to the Credit Agreement referred to below and NORTH
FORELAND BANK, as Administrative Agent.

     1. Definitions. "Waiver Termination Date" means the earlier of (i) March 29, 2002 and (ii) the date on which a
Termination Event occurs. "Existing Default" means any Default resulting from the Borrower's failure to comply with
Sections 6.12 and 6.13 of the Credit Agreement dated as of October 10, 1999 as of December 31, 2001.

     2. Waiver. The Lenders hereby waive the Existing Default until the Waiver Termination Date.

     3. In the event that the Borrower fails to perform any covenant in this Temporary Waiver, the waiver set forth in
Section 2 shall immediately terminate without notice.

     IN WITNESS WHEREOF, the parties hereto have executed this Temporary Waiver.

                                        GRANTLEY STEEL CORP.

                                        By  /s/ G. Lee
                                            ---------------------
                                            Title: President

                                        NORTH FORELAND BANK, as
                                        Administrative Agent and Lender

                                        By  /s/ N. Fore
                                            ---------------------
                                            Title: Vice President
"""

LETTER_OF_COMPANY = """\
                                                       August 11, 2000

Pellow Street Capital Corporation
11 Pellow Street
Hartford, Connecticut 06103

     Re: Loan and Security Agreement dated as of December 3, 1997, as amended (the "Loan Agreement"), between Pellow
Street Capital Corporation ("Lender") and Bexley Marine Supply Co. ("Borrower")

Ladies and Gentlemen:

     Borrower acknowledges that it is in default under Section 9.12 of the Loan Agreement as of June 30, 2000 (the
"Existing Default"). Borrower has requested that Lender waive the Existing Default.

     By its signature below Lender waives the Existing Default through September 30, 2000. Unless sooner
terminated, such waiver shall expire on September 30, 2000.

                                   Very truly yours,

                                   BEXLEY MARINE SUPPLY CO.

                                   By: /s/ B. Exley
                                   Title: President

AGREED TO:

PELLOW STREET CAPITAL CORPORATION

By: /s/ P. Street
Title: Vice President
"""

INDENTURE_WAIVER = """\
                       FORBEARANCE AGREEMENT

     This FORBEARANCE AGREEMENT (this "Agreement") is made as of May 4, 2020, by and among VENN OFFSHORE DRILLING,
INC. (the "Issuer"), the guarantors listed on the signature pages hereto (the "Guarantors"), and the undersigned
beneficial holders of the 2022 Notes (the "Consenting Holders").

     WHEREAS, the Issuer issued its 7.250% Senior Secured Notes due 2022 (the "2022 Notes") under the Indenture
dated as of July 18, 2014 among the Issuer, the Guarantors and Tamsin Trust Company, as trustee; and

     WHEREAS, the Issuer did not make the interest payment due on April 1, 2020 on the 2022 Notes (the "Specified
Default");

     1. From the date hereof until 11:59 p.m. New York City time on May 29, 2020 (the "Forbearance Termination
Date"), each Consenting Holder agrees not to exercise any remedies in respect of the Specified Default.

     2. This Agreement shall terminate automatically upon (a) the commencement of a case under the Bankruptcy Code
by the Issuer or (b) the acceleration of the 2022 Notes, and the forbearance shall thereupon be of no further force
and effect.

     IN WITNESS WHEREOF, the parties have executed this Agreement.

VENN OFFSHORE DRILLING, INC.

By: /s/ V. Enn
Name: V. Enn
Title: Chief Executive Officer

GUARANTORS:

VENN RIGS LLC

By: /s/ V. Enn
Name: V. Enn
Title: Manager

CONSENTING HOLDERS:

LOWESWATER CREDIT FUND LP
By: Loweswater GP LLC, its general partner

By: /s/ L. Water
Name: L. Water
Title: Authorized Signatory
"""

ONE_TIME = """\
                SECOND AMENDMENT TO AMENDED AND RESTATED
                     CREDIT AGREEMENT AND ONE-TIME WAIVER

     THIS SECOND AMENDMENT TO AMENDED AND RESTATED CREDIT AGREEMENT AND ONE-TIME WAIVER (the "Amendment"), dated
effective as of December 31, 2016, is between HADLEIGH PUMP WORKS, L.P., a Texas limited partnership ("Borrower"), and
CALDER STATE BANK ("Lender").

     A. Borrower and Lender entered into that certain Amended and Restated Credit Agreement dated as of October 2,
2013 (as amended by that certain First Amendment dated as of November 20, 2014, the "Agreement").

     B. Borrower violated Section 10.1 (Fixed Charge Coverage Ratio) and Section 10.3 (Leverage Ratio) of the
Agreement for the fiscal quarter ending September 30, 2016.

     1. One-Time Waiver. Lender hereby grants a one-time waiver of the violations of Section 10.1 and Section 10.3
of the Agreement for the fiscal quarter ending September 30, 2016. The waiver in this Section 1 shall not apply to
any later period.

     2. Each of the undersigned guarantors consents to this Amendment.

     EXECUTED as of the date first above written.

     BORROWER:                          HADLEIGH PUMP WORKS, L.P.

                                        By: Hadleigh GP, Inc., its general partner

                                        By: /s/ H. Leigh
                                        Name: H. Leigh
                                        Title: President

     LENDER:                            CALDER STATE BANK

                                        By: /s/ C. State
                                        Name: C. State
                                        Title: Senior Vice President

     GUARANTOR:                         HADLEIGH GP, INC.

                                        By: /s/ H. Leigh
                                        Name: H. Leigh
                                        Title: President
"""

NO_WAIVER = """\
                             FIFTH AMENDMENT

     THIS FIFTH AMENDMENT dated as of March 3, 2005 is between MIRREN BOAT YARD, INC. (the "Borrower") and STRAND BANK
(the "Bank").

     1. Section 6.2 of the Loan Agreement dated as of May 1, 2001 is hereby amended to read: "No failure of the
Bank to exercise any right shall be a waiver, and if an Event of Default is not waived within ten days the
commitment shall terminate."

     2. The Borrower hereby waives any defense to the enforcement of the Loan Agreement. Nothing herein waives any
Default. The Bank has not waived any Event of Default and the Borrower acknowledges that it shall comply with
Section 6.3.

     IN WITNESS WHEREOF, the parties have signed.

                                        MIRREN BOAT YARD, INC.
                                        By: /s/ M. Irren
                                        Title: President

                                        STRAND BANK
                                        By: /s/ S. Trand
                                        Title: Vice President
"""

AGREES_TO_WAIVE = """\
                       WAIVER AND AMENDMENT NO. 4

     This WAIVER AND AMENDMENT NO. 4 is entered into as of the 14th day of August, 2007, by and between ISLEBURY
FOUNDRY COMPANY (the "Company"), and KESTON BUSINESS CREDIT, INC., as Agent for the Lenders (the "Agent"), and the
Lenders.

     The Company has notified the Agent of the following (each an "Existing Event of Default"): the Company's
failure to maintain EBITDA of at least $4,000,000 as required by Section 8.7(a) of the Loan Agreement dated as of
January 31, 2005 for the twelve months ended June 30, 2007; and the Company's failure to make the principal payment
due on July 1, 2007.

     1. Agent and Lenders agree to waive each Existing Event of Default. The waiver shall be effective only for the
period from August 14, 2007 to October 15, 2007.

     2. The waivers shall terminate, without further action by the Agent, on the earliest of (i) October 15, 2007,
(ii) the occurrence of any Event of Default other than an Existing Event of Default, and (iii) a breach of this
Amendment.

     IN WITNESS WHEREOF, executed as of the date first written above.

                                        ISLEBURY FOUNDRY COMPANY

                                        By: /s/ I. Bury
                                        Name: I. Bury
                                        Title: President

                                        KESTON BUSINESS CREDIT, INC., as Agent and Lender

                                        By: /s/ K. Eston
                                        Name: K. Eston
                                        Title: Vice President

ACKNOWLEDGED AND AGREED:

ISLEBURY CASTINGS, INC., as Guarantor

By: /s/ I. Bury
Name: I. Bury
Title: President
"""
