with versions as (

    select * from {{ ref('stg_market__price_versions') }}

),

newest as (

    select versions.*
    from versions
    where not exists (
        select 1
        from versions as newer
        where
            newer.ticker = versions.ticker
            and newer.dt = versions.dt
            and newer.loaded_at > versions.loaded_at
    )

)

select * from newest
