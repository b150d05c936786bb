{{ config(materialized='view') }}

with explanations as (

    select * from {{ ref('stg_ml__explanations') }}

),

feature_docs as (

    select * from {{ ref('feature_docs') }}

),

ranked as (

    select
        model_id,
        ticker,
        dt,
        horizon,
        feature,
        rank() over (
            partition by model_id, ticker, dt, horizon order by abs(contribution) desc
        ) as contribution_rank
    from explanations
    where feature <> '(base)'

),

explained as (

    select
        explanations.model_id,
        explanations.ticker,
        explanations.dt,
        explanations.horizon,
        explanations.feature,
        feature_docs.feature_set,
        case
            when explanations.feature = '(base)' then 'What the model says before any feature.'
            else feature_docs.description
        end as description,
        explanations.feature_value,
        explanations.contribution,
        cast(ranked.contribution_rank as bigint) as contribution_rank
    from explanations
    left join feature_docs on explanations.feature = feature_docs.feature
    left join ranked
        on
            explanations.model_id = ranked.model_id
            and explanations.ticker = ranked.ticker
            and explanations.dt = ranked.dt
            and explanations.horizon = ranked.horizon
            and explanations.feature = ranked.feature

)

select * from explained
